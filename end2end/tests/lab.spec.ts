// The lab: experiments, attacks, the diagram, exports.
import { createRequire } from "node:module";
import { promisify } from "node:util";
import type { Page } from "@playwright/test";
import { execFile } from "node:child_process";
import { downloadedText } from "../downloads.js";
import { accountMenu, expect, gate, open, password, signUp, test, visit } from "../fixtures.js";
import { experiment, logInAsGuest, openExports, openLab, rows, rowsWithText, waitForStage } from "../lab.js";
import { servers } from "../servers.js";

test.use({ baseURL: servers.window.url });

async function loseResponse(page: Page) {
  await page.getByRole("radio", { name: "It sends the same new stamp again" }).check();
  await page.getByRole("button", { name: "Drop the response" }).click();
  await expect(page.getByText("You got the same new stamp, and stayed logged in.")).toBeVisible();
}

test("an expired token is refreshed, and ten calls with one cause one refresh", async ({ page, traffic }) => {
  await openLab(page);
  traffic.clear();
  await experiment(page, "Let the ticket expire").getByRole("button", { name: "In 5 s" }).click();
  await expect(page.getByText(/The ticket expires in \d s/)).toBeVisible();
  await expect(page.getByText("The server refused the ticket, the interceptor")).toBeVisible();
  await expect.poll(() => traffic.lines().slice(-3)).toEqual(["GET /api/profile 401", "POST /auth/refresh 200", "GET /api/profile 200"]);
  await expect(page.getByTestId("stamp-generation")).toHaveText("1");
  traffic.clear();
  const ten = page.getByRole("button", { name: "Call ten times" });
  await expect(ten).toBeDisabled();
  await page.getByRole("radio", { name: "Ten", exact: true }).check();
  await ten.click();
  await expect(page.getByText("10 calls worked, and it took 1 new ticket")).toBeVisible();
  await expect(page.getByText("You expected: Ten. It was: One.")).toBeVisible();
  const count = (line: string) => traffic.lines().filter((other) => other === line).length;
  await expect.poll(() => count("GET /api/profile 200")).toBe(10);
  expect(count("GET /api/profile 401")).toBe(10);
  expect(count("POST /auth/refresh 200")).toBe(1);
});

test("after a lost refresh response the page gets the same refresh token again", async ({ page, traffic }) => {
  await openLab(page);
  traffic.clear();
  await loseResponse(page);
  await expect(page.getByText("You predicted it.")).toBeVisible();
  await expect.poll(() => traffic.lines()).toEqual(["POST /auth/lab/lose_refresh 504", "POST /auth/refresh 200"]);
  await expect(page.getByTestId("stamp-generation")).toHaveText("1");
  await expect(rowsWithText(page, "Sends stamp #1 again: the first response may have been lost")).toHaveCount(1);
  // The response is drawn as one that does not arrive, and the browser keeps its stamp.
  await expect(page.locator(".row.is-lost").filter({ hasText: "lost on the way" })).toHaveCount(1);
  await expect(accountMenu(page)).toBeVisible();
});

test("going offline keeps the session, and going online restores the connection", async ({ page }) => {
  await openLab(page);
  await page.getByRole("button", { name: "Go offline" }).click();
  await expect(page.getByText("Can't reach the server. You're still logged in.")).toBeVisible();
  await expect(page.getByText("Being offline never logs you out.")).toBeVisible();
  await page.getByRole("button", { name: "Go online" }).click();
  await expect(page.getByText("you are logged in as before")).toBeVisible();
  await expect(page.getByText("Can't reach the server.")).toBeHidden();
});

test("a session that was ended elsewhere ends at the next call, with the reason", async ({ page, traffic }) => {
  await openLab(page);
  traffic.clear();
  await page.getByRole("radio", { name: "Yes, until the ticket expires" }).check();
  await page.getByRole("button", { name: "End session", exact: true }).click();
  await expect(page.getByText("yet the next call was refused")).toBeVisible();
  await expect(rowsWithText(page, "its session was ended")).toHaveCount(1);
  await expect(rowsWithText(page, "Log out the other session")).toHaveCount(1);
  await expect.poll(() => traffic.lines().slice(1)).toEqual(["GET /api/profile 401", "POST /auth/refresh 401"]);
  await expect(page.getByText(/You ended this session from another device|This session was ended from another/).first()).toBeVisible();
  const call = page.getByRole("button", { name: "Call", exact: true });
  await expect(call).toBeDisabled();
  await expect(call).toHaveAccessibleDescription(/Log in first/);
  // The login is offered where the user is, and the focus stays there.
  await experiment(page, "End this session remotely").getByRole("button", { name: "Log in as a guest" }).click();
  await expect(page.locator("#experiment-elsewhere")).toBeFocused();
  await expect(call).toBeEnabled();
});

test("the diagram can be cleared, and its rows show the masked request", async ({ page }) => {
  await openLab(page);
  await experiment(page, "Call the API").getByRole("button").click();
  await expect(page.getByText("200: the server checked the ticket on its own.")).toBeVisible();
  const sent = rowsWithText(page, /GET \/api\/profile with ticket [0-9a-f]{4}/);
  await expect(sent).toHaveCount(1);
  await waitForStage(page);
  await sent.locator("summary").click();
  await expect(sent.getByText(/Bearer ••••• \(ticket [0-9a-f]{4}\)/)).toBeVisible();
  await openExports(page);
  await page.getByRole("button", { name: "Clear" }).click();
  await expect(rowsWithText(page, "GET /api/profile")).toHaveCount(0);
});

test("the flow is exported as valid Mermaid, and as JSON", async ({ page, browser, browserName }) => {
  await openLab(page);
  await loseResponse(page);
  await openExports(page);
  const save = (name: string) => downloadedText(page, () => page.getByRole("button", { name }).click());
  const mermaid = await save("Save as Mermaid");
  const json = await save("Save as JSON");
  const picture = await save("Save as SVG");
  await expect(rows(page)).toHaveCount((JSON.parse(json) as { rows: unknown[] }).rows.length);
  expect(mermaid).toContain("B->>S: POST /auth/refresh with the stamp");
  for (const secret of [/hsr_/, /eyJ/]) expect(mermaid + json + picture).not.toMatch(secret);
  const title = await page.evaluate((picture) => new DOMParser().parseFromString(picture, "image/svg+xml").documentElement.tagName, picture);
  expect(title, "the picture is well-formed").toBe("svg");

  const parser = await (await browser.newContext()).newPage();
  await parser.addScriptTag({ path: createRequire(import.meta.url).resolve("mermaid/dist/mermaid.min.js") });
  const parse = (text: string) =>
    parser.evaluate(async (text) => {
      type Mermaid = { parse(text: string): Promise<{ diagramType: string }> };
      return (await (window as never as { mermaid: Mermaid }).mermaid.parse(text)).diagramType;
    }, text);
  expect(await parse(mermaid)).toBe("sequence");
  await expect(parse(mermaid.replaceAll("B->>S: ", "B->>S "))).rejects.toThrow();
  await parser.context().close();

  // Firefox has no such permission; `engines.ts` sets a preference instead.
  if (browserName !== "firefox") await page.context().grantPermissions(["clipboard-read", "clipboard-write"]);
  await page.getByRole("button", { name: "Copy as Mermaid" }).click();
  await expect(page.getByText("Copied.").first()).toBeVisible();
  expect(await page.evaluate(() => navigator.clipboard.readText())).toBe(mermaid);
});

test("the commands for the JSON API give the responses that the page describes", async ({ page, user }) => {
  await signUp(page, user);
  await open(page, "/lab");
  const commands = (await page.getByTestId("command").allTextContents()).map((command) =>
    command.replace("YOUR NAME", user.name).replace("YOUR PASSWORD", password),
  );
  expect(commands.length).toBe(6);
  const script = commands.join("\necho\necho =====\n");
  const { stdout } = await promisify(execFile)("bash", ["-c", script], { timeout: 50_000 });
  const responses = stdout.split("=====");
  const expected = [/"refresh_token":"hsr_/, /^HTTP\/1.1 200/m, /"refresh_token":"hsr_/, /refresh_token_reused/, /session_revoked/, /^HTTP\/1.1 204/m];
  expect(responses.length).toBe(6);
  for (const [index, response] of responses.entries()) expect(response).toMatch(expected[index]!);
});

test("a long history is limited, and the page shows the end of it", async ({ page }) => {
  await openLab(page);
  await page.evaluate(() => {
    const fetched = window.fetch;
    const counter = window as never as { calls: number };
    counter.calls = 0;
    window.fetch = async (request, init) => {
      if (!(request as Request).url?.endsWith("/api/profile")) return fetched(request, init);
      counter.calls++;
      return new Response("{}", { headers: { "server-timing": "verify;dur=0.01" } });
    };
  });
  const call = experiment(page, "Call the API").getByRole("button");
  await call.evaluate(async (button: HTMLButtonElement) => {
    const counter = window as never as { calls: number };
    for (let call = 1; call <= 700; call++) {
      button.click();
      while (counter.calls < call || button.ariaDisabled === "true") {
        const channel = new MessageChannel();
        await new Promise((resolve) => ((channel.port1.onmessage = resolve), channel.port2.postMessage(0)));
      }
    }
  });
  await expect(page.getByRole("button", { name: "Show earlier rows (1900 more)" })).toBeVisible();
  expect(await rows(page).count()).toBe(100);
  await waitForStage(page);
  await page.getByRole("button", { name: /Show earlier rows/ }).click();
  await expect(rows(page)).toHaveCount(200);
});

test("the experiments are disabled without a login", async ({ page }) => {
  await open(page, "/lab");
  await expect(page.getByRole("button", { name: "Call", exact: true })).toBeDisabled();
  await expect(page.getByRole("button", { name: "Copy your stamp" })).toBeDisabled();
});

test("a logout while the network is cut restores the network", async ({ page }) => {
  await openLab(page);
  await page.getByRole("button", { name: "Go offline" }).click();
  await expect(page.getByText("Being offline never logs you out.")).toBeVisible();
  await page.getByRole("button", { name: "Log out here" }).click();
  await expect(page.getByText("We'll tell the server when it's reachable.")).toBeVisible();
  await logInAsGuest(page);
  await expect(page.getByTestId("stamp-generation")).toHaveText("0");
});

test("the lab prints only the diagram, and other pages print their content", { tag: "@emulated-media" }, async ({ page }) => {
  await openLab(page);
  await page.emulateMedia({ media: "print" });
  await expect(page.getByRole("heading", { name: "All events" })).toBeVisible();
  await expect(rowsWithText(page, "in memory")).toBeVisible();
  for (const hidden of [page.getByRole("banner"), page.getByRole("button", { name: "Start the tour" }), page.getByRole("heading", { name: "Steal the stamp" })]) {
    await expect(hidden).toBeHidden();
  }
  await page.goto("/");
  await expect(page.getByRole("heading", { name: "Hello", level: 1 })).toBeVisible();
});

test.describe("in another language", () => {
  test.use({ locale: "ar-EG", viewport: { width: 320, height: 700 } });

  test("the diagram fits into a narrow window with a right-to-left name", async ({ page, user }) => {
    await signUp(page, { ...user, name: `\u0622\u062f\u0627${Date.now()}` });
    await open(page, "/lab");
    await experiment(page, "Call the API").getByRole("button").click();
    await expect(page.getByText("200: the server checked the ticket on its own.")).toBeVisible();
    await page.getByRole("button", { name: "All events" }).click();
    await waitForStage(page);
    const row = rowsWithText(page, "GET /api/profile with ticket");
    await row.locator("summary").click();
    const overflow = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
    expect(overflow).toBeLessThanOrEqual(0);
    const { x, width } = (await row.boundingBox())!;
    expect(x).toBeGreaterThanOrEqual(0);
    expect(x + width).toBeLessThanOrEqual(320);
  });
});

test("the page hydrates after its chunk is loaded", async ({ page }) => {
  await openLab(page);
  const { opened, open: release } = gate();
  await page.route("**/split_*.wasm", async (route) => {
    await opened;
    await route.continue();
  });
  await page.reload({ waitUntil: "commit" });
  await expect(page.getByRole("heading", { name: "The lab", level: 1 })).toBeVisible();
  await expect(page.locator("html[data-ready]")).not.toBeAttached();
  release();
  await expect(page.locator("html[data-ready]")).toBeAttached();
  await experiment(page, "Call the API").getByRole("button").click();
  await expect(page.getByText("200: the server checked the ticket on its own.")).toBeVisible();
});

test("leaving the lab while the network is being restored completes it", async ({ page, traffic }) => {
  await openLab(page);
  await page.getByRole("button", { name: "Go offline" }).click();
  await expect(page.getByText("Being offline never logs you out.")).toBeVisible();
  await page.getByRole("button", { name: "Go online" }).click();
  await visit(page, "Profile", "Your profile");
  await expect(page.getByRole("button", { name: "Reload" })).toBeEnabled();
  await expect(page.getByText("Can't reach the server.")).toBeHidden();
  traffic.clear();
  await page.evaluate(() => window.dispatchEvent(new Event("offline")));
  await expect.poll(() => traffic.lines()).toContain("POST /auth/refresh 200");
});
