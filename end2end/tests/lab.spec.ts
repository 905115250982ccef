// The lab: the tour, the experiments, the thief, the exports.
import { createRequire } from "node:module";
import { promisify } from "node:util";
import { execFile } from "node:child_process";
import { savedText } from "../downloads.js";
import { expect, gate, open, password, signUp, test } from "../fixtures.js";
import { servers } from "../servers.js";
import type { Locator, Page } from "@playwright/test";

test.use({ baseURL: servers.window.url });

const rows = (page: Page) => page.getByTestId("rows").getByRole("listitem");
const rowsSaying = (page: Page, hasText: string) => rows(page).filter({ has: page.locator("summary", { hasText }) });
const experiment = (page: Page, name: string) => page.getByRole("region", { name });

/** Opens the lab as a guest. */
async function openLab(page: Page) {
  await open(page, "/lab");
  await page.getByRole("button", { name: "Log in as a guest" }).click();
  await expect(page.getByTestId("stamp-generation")).toHaveText("0");
  // All that a login draws stands there.
  await expect(rowsSaying(page, "Holds ticket 1 in memory")).toHaveCount(1);
}

/** What a row says, to the reader of the screen: who, to whom, and what. */
async function said(row: Locator) {
  return ((await row.locator("summary").textContent()) ?? "").replace(/\s+/g, " ").trim();
}

// The nineteen steps of the flow, as any explanation of it has them: who acts, and what.
const nineteen = [
  /^Browser to Server: POST \/auth\/try_it$/,
  /^Server to Browser: 200: a ticket and a stamp/,
  /^Browser: Holds ticket 1 in memory/,
  /^Browser to Server: GET \/api\/profile with ticket 1$/,
  /^Server: Checks ticket 1: good · [\d.]+ ms$/,
  /^Server to Browser: 200: the data/,
  /^Browser to Server: GET \/api\/profile with ticket 1$/,
  /^Server: Checks ticket 1: good · [\d.]+ ms$/,
  /^Server to Browser: 200: the data/,
  /^Browser to Server: GET \/api\/profile with ticket 2$/,
  /^Server: Checks ticket 2: no longer good · [\d.]+ ms$/,
  /^Server to Browser: 401: refused/,
  /^Browser to Server: POST \/auth\/refresh with the stamp$/,
  /^Server: Checks the stamp: genuine · [\d.]+ ms$/,
  /^Server to Browser: 200: a new ticket/,
  /^Browser: Holds ticket 3 in memory/,
  /^Browser to Server: GET \/api\/profile with ticket 3$/,
  /^Server: Checks ticket 3: good · [\d.]+ ms$/,
  /^Server to Browser: 200: the data/,
];

test("the tour goes through the nineteen steps, and each of them really happens", async ({ page, wire }) => {
  await open(page, "/lab");
  wire.clear();
  // By keyboard alone: the focus is always where one goes on.
  await page.getByRole("button", { name: "Start the tour" }).press("Enter");
  const sent = { 1: 0, 2: 1, 4: 1, 6: 2, 10: 4, 12: 5, 13: 5, 15: 6, 17: 6, 19: 7 } as Record<number, number>;
  for (let step = 1; step <= 19; step++) {
    await expect(page.getByTestId("tour-step")).toHaveText(`Step ${step} of 19`);
    const row = rows(page).last();
    await expect(row).toHaveAttribute("data-step", String(step));
    expect((await said(row)).replace(/^\d+/, "")).toMatch(nineteen[step - 1]!);
    // The client is held: nothing that belongs to a later step has gone over the wire.
    if (step in sent) expect(wire.lines().length, `answers seen at step ${step}`).toBeLessThanOrEqual(sent[step]! + 1);
    if (step === 12) await expect(page.getByTestId("generation")).toHaveText("2");
    if (step === 16) await expect(page.getByTestId("generation")).toHaveText("3");
    if (step < 19) {
      await expect(page.getByRole("button", { name: "Next:" })).toBeFocused();
      await page.keyboard.press("Enter");
    }
  }
  const numbers = await rows(page).evaluateAll((all) => all.map((row) => row.getAttribute("data-step")).filter(Boolean));
  expect(numbers).toEqual(nineteen.map((_, place) => String(place + 1)));
  await expect(page.getByRole("heading", { name: "So why two tokens?" })).toBeVisible();
  await expect.poll(() => wire.lines()).toEqual([
    "POST /auth/try_it 200",
    "GET /api/profile 200",
    "GET /api/profile 200",
    "POST /auth/lab/cut_ticket 200",
    "GET /api/profile 401",
    "POST /auth/refresh 200",
    "GET /api/profile 200",
  ]);
  await expect(page.getByRole("button", { name: "Close the tour" })).toBeFocused();
  await page.keyboard.press("Enter");
  await expect(page.getByRole("button", { name: "Start the tour" })).toBeFocused();
  await experiment(page, "Call the API").getByRole("button").click();
  await expect(page.getByText("200: the server checked the ticket by itself.")).toBeVisible();
});

test("a session that ends in the middle of a tour ends the tour with the reason, and the client runs on", async ({ page, context }) => {
  await open(page, "/lab");
  await page.getByRole("button", { name: "Start the tour" }).click();
  for (let step = 1; step <= 5; step++) {
    await expect(page.getByTestId("tour-step")).toHaveText(`Step ${step} of 19`);
    if (step < 5) await page.getByRole("button", { name: "Next:" }).click();
  }
  const other = await context.newPage();
  await open(other, "/");
  await other.getByRole("button", { name: "Log out", exact: true }).click();
  await expect(page.getByText("You logged out in another tab.").first()).toBeVisible();
  await page.bringToFront();
  await expect(page.getByRole("button", { name: "Start the tour" })).toBeFocused();
  await expect(page.getByRole("region", { name: "The tour" }).getByRole("alert")).not.toBeEmpty();
  await page.getByRole("button", { name: "Log in as a guest" }).click();
  await experiment(page, "Call the API").getByRole("button").click();
  await expect(page.getByText("200: the server checked the ticket by itself.")).toBeVisible();
});

test("whoever leaves the tour, or the page, finds a client that runs", async ({ page, wire }) => {
  await page.clock.install();
  await open(page, "/lab");
  const start = page.getByRole("button", { name: "Start the tour" });
  const profile = page.getByRole("navigation", { name: "Pages" }).getByRole("link", { name: "Profile" });
  const step = (place: number) => expect(page.getByTestId("tour-step")).toHaveText(`Step ${place} of 19`);
  const next = page.getByRole("button", { name: "Next:" });
  await start.click();
  await next.click();
  await step(2);
  await page.getByRole("button", { name: "Leave the tour" }).click();
  await expect(page.getByTestId("generation")).toHaveText("1");
  await expect(start).toBeFocused();

  // Anew at once, and away in the middle of a step: while the tour waits for the ticket to run out.
  await start.click();
  for (let place = 1; place <= 9; place++) {
    await step(place);
    await next.click();
  }
  await expect(page.getByText(/The ticket runs out in \d s/)).toBeVisible();
  await page.getByRole("button", { name: "Leave the tour" }).click();
  await start.click();
  await step(1);
  for (let place = 1; place <= 9; place++) {
    await step(place);
    await next.click();
  }
  await expect(page.getByText(/The ticket runs out in \d s/)).toBeVisible();
  // Each of the two tours has asked twice.
  const asked: string[] = [];
  await expect.poll(() => wire.lines().filter((line) => line === "GET /api/profile 200").length).toBe(4);
  page.on("request", (request) => asked.push(new URL(request.url()).pathname));
  const loaded = () => page.waitForResponse((answer) => answer.url().endsWith("/api/profile") && answer.ok());
  await Promise.all([loaded(), profile.click()]);
  await expect(page.getByRole("heading", { name: "Your profile" })).toBeVisible();
  // The time comes for which the tour waited. Nobody is there who would call then.
  await page.clock.runFor(8000);
  expect(asked.filter((path) => /^\/(api|auth)/.test(path))).toEqual(["/api/profile"]);
  await Promise.all([loaded(), page.getByRole("button", { name: "Load again" }).click()]);
});

test("a tour on which one takes one's time goes on, also after a minute at the login", async ({ page }) => {
  await page.clock.install();
  await open(page, "/lab");
  await page.getByRole("button", { name: "Start the tour" }).click();
  await expect(page.getByTestId("tour-step")).toHaveText("Step 1 of 19");
  await page.clock.runFor(70_000);
  await page.getByRole("button", { name: "Next:" }).click();
  await expect(page.getByTestId("tour-step")).toHaveText("Step 2 of 19");
  await page.clock.runFor(70_000);
  await page.getByRole("button", { name: "Next:" }).click();
  await expect(page.getByTestId("tour-step")).toHaveText("Step 3 of 19");
});

test("a ticket that runs out, and ten calls on one: one refresh, and nobody notices", async ({ page, wire }) => {
  await openLab(page);
  wire.clear();
  await experiment(page, "Let the ticket run out").getByRole("button", { name: "In 5 s" }).click();
  await expect(page.getByText(/The ticket runs out in \d s/)).toBeVisible();
  await expect(page.getByText("The server refused the ticket, the interceptor")).toBeVisible();
  await expect.poll(() => wire.lines().slice(-3)).toEqual(["GET /api/profile 401", "POST /auth/refresh 200", "GET /api/profile 200"]);
  await expect(page.getByTestId("stamp-generation")).toHaveText("1");
  wire.clear();
  await page.getByRole("button", { name: "Call ten times" }).click();
  await expect(page.getByText("10 calls worked, and it took 1 new ticket")).toBeVisible();
  const count = (line: string) => wire.lines().filter((other) => other === line).length;
  await expect.poll(() => count("GET /api/profile 200")).toBe(10);
  expect(count("GET /api/profile 401")).toBe(10);
  expect(count("POST /auth/refresh 200")).toBe(1);
});

test("the answer of a refresh is lost, and the page gets the same stamp once more", async ({ page, wire }) => {
  await openLab(page);
  wire.clear();
  await page.getByRole("button", { name: "Lose it" }).click();
  await expect(page.getByText("gave out the same stamp once more")).toBeVisible();
  await expect.poll(() => wire.lines()).toEqual(["POST /auth/lab/lose_refresh 504", "POST /auth/refresh 200"]);
  await expect(page.getByTestId("stamp-generation")).toHaveText("1");
  await expect(page.getByText("Gives generation 1 out again")).toBeVisible();
  await expect(page.getByRole("button", { name: "Log out", exact: true })).toBeVisible();
});

test("offline the page keeps what it has, and it comes back", async ({ page }) => {
  await openLab(page);
  await page.getByRole("button", { name: "Cut the wire" }).click();
  await expect(page.getByText("The server is out of reach. You are still logged in.")).toBeVisible();
  await expect(page.getByText("Being offline never logs anybody out.")).toBeVisible();
  await page.getByRole("button", { name: "Mend it" }).click();
  await expect(page.getByText("you are logged in as before")).toBeVisible();
  await expect(page.getByText("The server is out of reach.")).toBeHidden();
});

test("a session that is ended elsewhere is over at the next call, and says so", async ({ page, wire }) => {
  await openLab(page);
  wire.clear();
  await page.getByRole("button", { name: "End it", exact: true }).click();
  await expect(page.getByText("the very next call was refused all the same")).toBeVisible();
  await expect.poll(() => wire.lines().slice(1)).toEqual(["GET /api/profile 401", "POST /auth/refresh 401"]);
  await expect(page.getByText("You logged out in another tab.").first()).toBeVisible();
  await expect(page.getByRole("button", { name: "Call", exact: true })).toBeDisabled();
});

test("a thief who comes second is caught, and both sides' story is told", async ({ page, wire }) => {
  await openLab(page);
  wire.clear();
  await page.getByRole("button", { name: "you refresh first" }).click();
  await expect(page.getByText("the thief was noticed on first use")).toBeVisible();
  const story = page.getByRole("list", { name: "The story" }).getByRole("listitem");
  const who = await story.evaluateAll((lines) => lines.map((line) => line.getAttribute("data-who")));
  expect(who).toEqual(["Thief", "You", "Thief", "Server", "You"]);
  await expect(story.nth(3)).toContainText("knows generation 0 as spent");
  await expect.poll(() => wire.lines()).toEqual([
    "POST /auth/lab/steal 200",
    "POST /auth/refresh 200",
    "POST /auth/lab/strike 200",
    "GET /api/profile 401",
    "POST /auth/refresh 401",
  ]);
  await expect(page.getByText("We ended this session because an old refresh token was used again.").first()).toBeVisible();
});

test("a thief who is faster is caught when the person refreshes", async ({ page }) => {
  await openLab(page);
  await page.getByRole("button", { name: "the thief is faster" }).click();
  await expect(page.getByText("each time would unmask a thief")).toBeVisible();
  const story = page.getByRole("list", { name: "The story" }).getByRole("listitem");
  const who = await story.evaluateAll((lines) => lines.map((line) => line.getAttribute("data-who")));
  expect(who).toEqual(["Thief", "Thief", "Server", "You", "Server"]);
  await expect(page.getByText("We ended this session because an old refresh token was used again.").first()).toBeVisible();
});

test("two labs at once: each draws what its own page does, and a theft ends both", async ({ page, context }) => {
  await openLab(page);
  const other = await context.newPage();
  await open(other, "/lab");
  await expect(other.getByRole("button", { name: "Log out", exact: true })).toBeVisible();
  await experiment(page, "Call the API").getByRole("button").click();
  await expect(rowsSaying(page, "GET /api/profile")).toHaveCount(1);
  await expect(rowsSaying(other, "GET /api/profile")).toHaveCount(0);
  await page.getByRole("button", { name: "you refresh first" }).click();
  await expect(page.getByText("the thief was noticed on first use")).toBeVisible();
  await expect(other.getByText("an old refresh token was used again").first()).toBeVisible();
});

test("the drawing is paused and cleared, and rows open to what the request carried, masked", async ({ page }) => {
  await openLab(page);
  await page.getByRole("button", { name: "Pause" }).click();
  const before = await rows(page).count();
  expect(before).toBeGreaterThan(3);
  const call = experiment(page, "Call the API").getByRole("button");
  await call.click();
  await expect(page.getByText("200: the server checked the ticket by itself.")).toBeVisible();
  expect(await rows(page).count()).toBe(before);
  await page.getByRole("button", { name: "Go on drawing" }).click();
  const sent = rowsSaying(page, "GET /api/profile with ticket 1");
  await expect(sent).toHaveCount(1);
  await sent.locator("summary").click();
  await expect(sent.getByText("Bearer ••••• (ticket 1)")).toBeVisible();
  await page.getByRole("button", { name: "Clear" }).click();
  await expect(rowsSaying(page, "GET /api/profile with ticket 1")).toHaveCount(0);
  await expect(rows(page)).toHaveCount(19);
});

test("the flow is exported as Mermaid that Mermaid reads, and as JSON", async ({ page, browser, browserName }) => {
  await openLab(page);
  await page.getByRole("button", { name: "Lose it" }).click();
  await expect(page.getByText("gave out the same stamp once more")).toBeVisible();
  const save = (name: string) => savedText(page, () => page.getByRole("button", { name }).click());
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

  // Firefox knows no such permission, and is launched with a setting for it.
  if (browserName !== "firefox") await page.context().grantPermissions(["clipboard-read", "clipboard-write"]);
  await page.getByRole("button", { name: "Copy as Mermaid" }).click();
  await expect(page.getByText("Copied.").first()).toBeVisible();
  expect(await page.evaluate(() => navigator.clipboard.readText())).toBe(mermaid);
});

test("the commands for a native client do what the page says", async ({ page, person }) => {
  await signUp(page, person);
  await open(page, "/lab");
  const commands = (await page.getByTestId("command").allTextContents()).map((command) =>
    command.replace("YOUR NAME", person.name).replace("YOUR PASSWORD", password),
  );
  expect(commands.length).toBe(6);
  const script = commands.join("\necho\necho =====\n");
  const { stdout } = await promisify(execFile)("bash", ["-c", script], { timeout: 50_000 });
  const answers = stdout.split("=====");
  const expected = [/"refresh_token":"hsr_/, /^HTTP\/1.1 200/m, /"refresh_token":"hsr_/, /refresh_token_reused/, /session_revoked/, /^HTTP\/1.1 204/m];
  expect(answers.length).toBe(6);
  for (const [place, answer] of answers.entries()) expect(answer).toMatch(expected[place]!);
});

test("a long history is bounded, and the page draws the last part of it", async ({ page }) => {
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

test("without a guest nothing can be broken, and before anything happens the plan is shown", async ({ page }) => {
  await open(page, "/lab");
  await expect(page.getByRole("button", { name: "Call", exact: true })).toBeDisabled();
  await expect(page.getByRole("button", { name: "you refresh first" })).toBeDisabled();
});

test("the wire is mended where there is nobody left to mend it", async ({ page }) => {
  await openLab(page);
  await page.getByRole("button", { name: "Cut the wire" }).click();
  await expect(page.getByText("Being offline never logs anybody out.")).toBeVisible();
  await page.getByRole("button", { name: "Log out here" }).click();
  await expect(page.getByText("The server will be told as soon as it can be reached.")).toBeVisible();
  await page.getByRole("button", { name: "Log in as a guest" }).click();
  await expect(page.getByTestId("stamp-generation")).toHaveText("0");
});

test("in print the diagram is alone, and other pages keep what they show", { tag: "@emulated-media" }, async ({ page }) => {
  await openLab(page);
  await page.emulateMedia({ media: "print" });
  await expect(page.getByRole("heading", { name: "What goes over the wire" })).toBeVisible();
  await expect(rowsSaying(page, "Holds ticket 1 in memory")).toBeVisible();
  for (const hidden of [page.getByRole("banner"), page.getByRole("button", { name: "Start the tour" }), page.getByRole("heading", { name: "Steal the stamp" })]) {
    await expect(hidden).toBeHidden();
  }
  await page.goto("/");
  await expect(page.getByText("At the cinema you show a ticket")).toBeVisible();
});

test.describe("in another language", () => {
  test.use({ locale: "ar-EG", viewport: { width: 320, height: 700 } });

  test("a name from right to left and a narrow window leave the diagram whole", async ({ page, person }) => {
    await signUp(page, { ...person, name: `\u0622\u062f\u0627${Date.now()}` });
    await open(page, "/lab");
    await experiment(page, "Call the API").getByRole("button").click();
    await expect(page.getByText("200: the server checked the ticket by itself.")).toBeVisible();
    const row = rowsSaying(page, "GET /api/profile with ticket 1");
    await row.locator("summary").click();
    await page.getByText("What it says").click();
    const overflow = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
    expect(overflow).toBeLessThanOrEqual(0);
    const { x, width } = (await row.boundingBox())!;
    expect(x).toBeGreaterThanOrEqual(0);
    expect(x + width).toBeLessThanOrEqual(320);
  });
});

test("the page wakes once its own part of the program is there", async ({ page }) => {
  await openLab(page);
  const { opened, open: letGo } = gate();
  await page.route("**/split_*.wasm", async (route) => {
    await opened;
    await route.continue();
  });
  await page.reload({ waitUntil: "commit" });
  await expect(page.getByRole("heading", { name: "The lab", level: 1 })).toBeVisible();
  await expect(page.locator("html[data-ready]")).not.toBeAttached();
  letGo();
  await expect(page.locator("html[data-ready]")).toBeAttached();
  await experiment(page, "Call the API").getByRole("button").click();
  await expect(page.getByText("200: the server checked the ticket by itself.")).toBeVisible();
});

test("whoever leaves in the middle of mending finds a client that wakes", async ({ page, wire }) => {
  await openLab(page);
  await page.getByRole("button", { name: "Cut the wire" }).click();
  await expect(page.getByText("Being offline never logs anybody out.")).toBeVisible();
  await page.getByRole("button", { name: "Mend it" }).click();
  await page.getByRole("navigation", { name: "Pages" }).getByRole("link", { name: "Profile" }).click();
  await expect(page.getByRole("button", { name: "Load again" })).toBeEnabled();
  await expect(page.getByText("The server is out of reach.")).toBeHidden();
  wire.clear();
  await page.evaluate(() => window.dispatchEvent(new Event("offline")));
  await expect.poll(() => wire.lines()).toContain("POST /auth/refresh 200");
});
