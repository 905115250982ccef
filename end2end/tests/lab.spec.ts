// The lab: experiments, attacks, the diagram, exports.
import { createRequire } from "node:module";
import { promisify } from "node:util";
import { execFile } from "node:child_process";
import { downloadedText } from "../downloads.js";
import { expect, gate, open, password, signUp, test } from "../fixtures.js";
import { experiment, openLab, rows, rowsWithText } from "../lab.js";
import { servers } from "../servers.js";

test.use({ baseURL: servers.window.url });

test("an expired token is refreshed, and ten calls with one cause one refresh", async ({ page, traffic }) => {
  await openLab(page);
  traffic.clear();
  await experiment(page, "Let the ticket run out").getByRole("button", { name: "In 5 s" }).click();
  await expect(page.getByText(/The ticket runs out in \d s/)).toBeVisible();
  await expect(page.getByText("The server refused the ticket, the interceptor")).toBeVisible();
  await expect.poll(() => traffic.lines().slice(-3)).toEqual(["GET /api/profile 401", "POST /auth/refresh 200", "GET /api/profile 200"]);
  await expect(page.getByTestId("stamp-generation")).toHaveText("1");
  traffic.clear();
  await page.getByRole("button", { name: "Call ten times" }).click();
  await expect(page.getByText("10 calls worked, and it took 1 new ticket")).toBeVisible();
  const count = (line: string) => traffic.lines().filter((other) => other === line).length;
  await expect.poll(() => count("GET /api/profile 200")).toBe(10);
  expect(count("GET /api/profile 401")).toBe(10);
  expect(count("POST /auth/refresh 200")).toBe(1);
});

test("after a lost refresh response the page gets the same refresh token again", async ({ page, traffic }) => {
  await openLab(page);
  traffic.clear();
  await page.getByRole("button", { name: "Lose it" }).click();
  await expect(page.getByText("gave out the same stamp once more")).toBeVisible();
  await expect.poll(() => traffic.lines()).toEqual(["POST /auth/lab/lose_refresh 504", "POST /auth/refresh 200"]);
  await expect(page.getByTestId("stamp-generation")).toHaveText("1");
  await expect(page.getByText("Gives generation 1 out again")).toBeVisible();
  await expect(page.getByRole("button", { name: "Log out", exact: true })).toBeVisible();
});

test("going offline keeps the session, and going online restores the connection", async ({ page }) => {
  await openLab(page);
  await page.getByRole("button", { name: "Cut the wire" }).click();
  await expect(page.getByText("Can't reach the server. You're still logged in.")).toBeVisible();
  await expect(page.getByText("Being offline never logs anybody out.")).toBeVisible();
  await page.getByRole("button", { name: "Mend it" }).click();
  await expect(page.getByText("you are logged in as before")).toBeVisible();
  await expect(page.getByText("Can't reach the server.")).toBeHidden();
});

test("a session that was ended elsewhere ends at the next call, with the reason", async ({ page, traffic }) => {
  await openLab(page);
  traffic.clear();
  await page.getByRole("button", { name: "End it", exact: true }).click();
  await expect(page.getByText("the very next call was refused all the same")).toBeVisible();
  await expect.poll(() => traffic.lines().slice(1)).toEqual(["GET /api/profile 401", "POST /auth/refresh 401"]);
  await expect(page.getByText("You logged out in another tab.").first()).toBeVisible();
  await expect(page.getByRole("button", { name: "Call", exact: true })).toBeDisabled();
});

test("an attacker who refreshes second is detected, and the story shows both sides", async ({ page, traffic }) => {
  await openLab(page);
  traffic.clear();
  await page.getByRole("button", { name: "you refresh first" }).click();
  await expect(page.getByText("the thief was noticed on first use")).toBeVisible();
  const story = page.getByRole("list", { name: "The story" }).getByRole("listitem");
  const actors = await story.evaluateAll((lines) => lines.map((line) => line.getAttribute("data-who")));
  expect(actors).toEqual(["Thief", "You", "Thief", "Server", "You"]);
  await expect(story.nth(3)).toContainText("knows generation 0 as spent");
  await expect.poll(() => traffic.lines()).toEqual([
    "POST /auth/lab/steal 200",
    "POST /auth/refresh 200",
    "POST /auth/lab/strike 200",
    "GET /api/profile 401",
    "POST /auth/refresh 401",
  ]);
  await expect(page.getByText("We logged you out because an old copy of your session was used.").first()).toBeVisible();
});

test("an attacker who refreshes first is detected when the user refreshes", async ({ page }) => {
  await openLab(page);
  await page.getByRole("button", { name: "the thief is faster" }).click();
  await expect(page.getByText("each time would unmask a thief")).toBeVisible();
  const story = page.getByRole("list", { name: "The story" }).getByRole("listitem");
  const actors = await story.evaluateAll((lines) => lines.map((line) => line.getAttribute("data-who")));
  expect(actors).toEqual(["Thief", "Thief", "Server", "You", "Server"]);
  await expect(page.getByText("We logged you out because an old copy of your session was used.").first()).toBeVisible();
});

test("each of two open labs draws its own requests, and a detected theft ends the session in both", async ({ page, context }) => {
  await openLab(page);
  const other = await context.newPage();
  await open(other, "/lab");
  await expect(other.getByRole("button", { name: "Log out", exact: true })).toBeVisible();
  await experiment(page, "Call the API").getByRole("button").click();
  await expect(rowsWithText(page, "GET /api/profile")).toHaveCount(1);
  await expect(rowsWithText(other, "GET /api/profile")).toHaveCount(0);
  await page.getByRole("button", { name: "you refresh first" }).click();
  await expect(page.getByText("the thief was noticed on first use")).toBeVisible();
  await expect(other.getByText("an old copy of your session was used").first()).toBeVisible();
});

test("the diagram can be paused and cleared, and its rows show the masked request", async ({ page }) => {
  await openLab(page);
  await page.getByRole("button", { name: "Pause" }).click();
  const before = await rows(page).count();
  expect(before).toBeGreaterThan(3);
  const call = experiment(page, "Call the API").getByRole("button");
  await call.click();
  await expect(page.getByText("200: the server checked the ticket by itself.")).toBeVisible();
  expect(await rows(page).count()).toBe(before);
  await page.getByRole("button", { name: "Go on drawing" }).click();
  const sent = rowsWithText(page, "GET /api/profile with ticket 1");
  await expect(sent).toHaveCount(1);
  await sent.locator("summary").click();
  await expect(sent.getByText("Bearer ••••• (ticket 1)")).toBeVisible();
  await page.getByRole("button", { name: "Clear" }).click();
  await expect(rowsWithText(page, "GET /api/profile with ticket 1")).toHaveCount(0);
  await expect(rows(page)).toHaveCount(19);
});

test("the flow is exported as valid Mermaid, and as JSON", async ({ page, browser, browserName }) => {
  await openLab(page);
  await page.getByRole("button", { name: "Lose it" }).click();
  await expect(page.getByText("gave out the same stamp once more")).toBeVisible();
  const save = (name: string) => downloadedText(page, () => page.getByRole("button", { name }).click());
  const mermaid = await save("Save as Mermaid");
  const list = JSON.parse(await save("Save as JSON")) as { text: string }[];
  await expect(rows(page)).toHaveCount(list.length);
  expect(mermaid).toContain("B->>S: POST /auth/refresh with the stamp");
  for (const secret of [/hsr_/, /eyJ/]) expect(mermaid + JSON.stringify(list)).not.toMatch(secret);

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
  await page.getByRole("button", { name: /Show earlier rows/ }).click();
  await expect(rows(page)).toHaveCount(200);
});

test("the experiments are disabled without a login", async ({ page }) => {
  await open(page, "/lab");
  await expect(page.getByRole("button", { name: "Call", exact: true })).toBeDisabled();
  await expect(page.getByRole("button", { name: "you refresh first" })).toBeDisabled();
});

test("a logout while the network is cut restores the network", async ({ page }) => {
  await openLab(page);
  await page.getByRole("button", { name: "Cut the wire" }).click();
  await expect(page.getByText("Being offline never logs anybody out.")).toBeVisible();
  await page.getByRole("button", { name: "Log out here" }).click();
  await expect(page.getByText("We'll tell the server when it's reachable.")).toBeVisible();
  await page.getByRole("button", { name: "Log in as a guest" }).click();
  await expect(page.getByTestId("stamp-generation")).toHaveText("0");
});

test("the lab prints only the diagram, and other pages print their content", { tag: "@emulated-media" }, async ({ page }) => {
  await openLab(page);
  await page.emulateMedia({ media: "print" });
  await expect(page.getByRole("heading", { name: "What goes over the wire" })).toBeVisible();
  await expect(rowsWithText(page, "Holds ticket 1 in memory")).toBeVisible();
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
    await expect(page.getByText("200: the server checked the ticket by itself.")).toBeVisible();
    const row = rowsWithText(page, "GET /api/profile with ticket 1");
    await row.locator("summary").click();
    await page.getByText("What it says").click();
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
  await expect(page.getByText("200: the server checked the ticket by itself.")).toBeVisible();
});

test("leaving the lab while the network is being restored completes it", async ({ page, traffic }) => {
  await openLab(page);
  await page.getByRole("button", { name: "Cut the wire" }).click();
  await expect(page.getByText("Being offline never logs anybody out.")).toBeVisible();
  await page.getByRole("button", { name: "Mend it" }).click();
  await page.getByRole("navigation", { name: "Pages" }).getByRole("link", { name: "Profile" }).click();
  await expect(page.getByRole("button", { name: "Load again" })).toBeEnabled();
  await expect(page.getByText("Can't reach the server.")).toBeHidden();
  traffic.clear();
  await page.evaluate(() => window.dispatchEvent(new Event("offline")));
  await expect.poll(() => traffic.lines()).toContain("POST /auth/refresh 200");
});
