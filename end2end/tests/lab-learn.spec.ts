// The explanations of the lab: the decoder, the comparison, the injected script, the quiz, the glossary and the words.
import { AxeBuilder } from "@axe-core/playwright";
import type { Page } from "@playwright/test";
import { accountMenu, expect, open, test } from "../fixtures.js";
import { openLab, rowsWithText } from "../lab.js";
import { servers } from "../servers.js";

test.use({ baseURL: servers.window.url });

const decoder = (page: Page) => page.getByRole("region", { name: "What a ticket says" });
const response = (page: Page) => page.getByTestId("forgery-response");

async function forge(page: Page, change: string) {
  await decoder(page).getByRole("radio", { name: change }).check();
  await decoder(page).getByRole("button", { name: "Send it" }).click();
}

test("the decoder shows header and payload of the real token, and never the signature", async ({ page, traffic }) => {
  await openLab(page);
  traffic.clear();
  await forge(page, "Nothing, for comparison");
  await expect(response(page)).toContainText("Accepted: nothing was changed");
  const [header, payload, signature] = traffic.token().split(".") as [string, string, string];
  await expect(decoder(page).getByText(header, { exact: true }).first()).toBeVisible();
  await expect(decoder(page).getByText(payload, { exact: true }).first()).toBeVisible();
  const claims = JSON.parse(Buffer.from(payload, "base64url").toString()) as Record<string, string | number>;
  for (const [name, value] of Object.entries(claims)) {
    await expect(decoder(page).getByRole("radio", { name: `"${name}": ${JSON.stringify(value)}` })).toBeAttached();
  }
  const everything = await page.evaluate(() =>
    JSON.stringify([document.documentElement.outerHTML, { ...localStorage }, { ...sessionStorage }, document.cookie, location.href]),
  );
  expect(everything).not.toContain(signature);
  expect(everything).not.toContain(signature.slice(1));
});

test("hovering or choosing a claim explains it, with the local time", async ({ page }) => {
  await openLab(page);
  const explanation = decoder(page).getByRole("status").filter({ has: page.getByRole("term") }).first();
  await decoder(page).getByText(/^"iss": /).hover();
  await expect(explanation.getByRole("heading", { name: "iss" })).toBeVisible();
  await decoder(page).getByRole("radio", { name: /^"iat": / }).focus();
  await page.keyboard.press("ArrowDown");
  await expect(explanation.getByRole("heading", { name: "exp" })).toBeVisible();
  const exp = Number((await decoder(page).locator("label code", { hasText: '"exp": ' }).textContent())!.replace(/\D/g, ""));
  const local = await page.evaluate((seconds) => new Date(seconds * 1000).toLocaleString("default"), exp);
  await expect(decoder(page).getByTestId("local-time")).toHaveText(local);
  await expect(decoder(page).locator("label", { hasText: '"exp": ' })).toContainText(local);
  await expect(explanation.getByRole("link", { name: "RFC 7519 §4.1.4" })).toHaveAttribute("href", "https://www.rfc-editor.org/rfc/rfc7519#section-4.1.4");
});

test("forged tokens are refused, without a refresh, a logout or a row in the diagram", async ({ page, traffic }) => {
  await openLab(page);
  traffic.clear();
  const changes = {
    "sub: another user": "signature was made for your own id",
    "exp: a year later": "signature was made for the earlier time",
    "sid: another session": "signature was made for your own session",
    "alg: none": "This server accepts one algorithm",
    "One character of the signature": "one wrong character is enough",
  };
  for (const [change, explanation] of Object.entries(changes)) {
    await forge(page, change);
    await expect(response(page)).toContainText(explanation);
    await expect(response(page)).toContainText("401");
    await expect(response(page)).toContainText('Bearer error="invalid_token", error_description="The access token is invalid"');
    await expect(response(page)).toContainText("access_token_invalid");
  }
  await forge(page, "Nothing");
  await expect(response(page)).toContainText("Accepted");
  await expect.poll(() => traffic.lines()).toEqual([...Object.keys(changes).map(() => "GET /api/profile 401"), "GET /api/profile 200"]);
  const sent = traffic.exchanges.map(({ bearer }) => bearer!);
  expect(new Set(sent).size).toBe(sent.length);
  const real = sent.at(-1)!.split(".");
  const part = (token: string, index: number) => JSON.parse(Buffer.from(token.split(".")[index]!, "base64url").toString()) as Record<string, unknown>;
  expect(part(sent[0]!, 1).sub).not.toBe(part(sent.at(-1)!, 1).sub);
  expect(Number(part(sent[1]!, 1).exp) - Number(part(sent.at(-1)!, 1).exp)).toBe(31_536_000);
  expect(part(sent[3]!, 0).alg).toBe("none");
  expect(sent[3]!.split(".")[2]).toBe("");
  expect(sent[4]!.split(".").slice(0, 2)).toEqual(real.slice(0, 2));
  await expect(rowsWithText(page, "GET /api/profile")).toHaveCount(0);
  await expect(accountMenu(page)).toBeVisible();
});

test("what will be sent is shown before, without the signature", async ({ page }) => {
  await openLab(page);
  const preview = decoder(page).getByTestId("forgery-preview");
  await decoder(page).getByRole("radio", { name: "alg: none" }).check();
  await expect(preview).toContainText('"alg": "EdDSA" → "none"');
  await expect(preview).toContainText("Without a signature");
  await decoder(page).getByRole("radio", { name: "One character" }).check();
  await expect(preview).toContainText("except for its first character (hidden)");
  await expect(preview).not.toContainText("→");
});

test("without a session there is nothing to forge, and the page says why", async ({ page, traffic }) => {
  await open(page, "/lab");
  const send = decoder(page).getByRole("button", { name: "Send it" });
  await expect(send).toBeDisabled();
  await expect(send).toHaveAccessibleDescription("Log in first: there is no ticket to change.");
  await expect(decoder(page).getByText("There is no ticket to show")).toBeVisible();
  traffic.clear();
  await send.click({ force: true });
  await expect(response(page)).toBeEmpty();
  expect(traffic.lines()).toEqual([]);
});

test("the same theft is simulated in four designs", async ({ page, traffic }) => {
  await open(page, "/lab");
  const compare = page.getByRole("region", { name: "The same theft, four designs" });
  const theft = compare.getByTestId("theft");
  traffic.clear();
  const steal = async (design: string, behavior: string) => {
    await compare.getByRole("radio", { name: design }).check();
    await compare.getByRole("radio", { name: behavior }).check();
    await compare.getByRole("button", { name: "Steal it (simulated)" }).click();
    await expect(theft.getByRole("heading", { name: design })).toBeVisible();
  };
  await steal("One long-lived JWT", "Log out soon");
  await expect(theft).toContainText("The thief can act for 30 days.");
  await steal("Server session", "Log out soon");
  await expect(theft).toContainText("The thief can act for 5 minutes.");
  await steal("This site", "Keep using");
  await expect(theft).toContainText("The thief can act for 15 minutes at most.");
  await expect(theft).toContainText("Yes, after 15 minutes at most");
  await steal("Two tokens in localStorage", "never come back");
  await expect(theft).toContainText("The thief can act for 30 days.");
  await expect(theft).toContainText("No. Neither you nor the server");
  await expect(compare.getByText("Simulation", { exact: true })).toBeVisible();
  const table = compare.getByRole("table", { name: "The four designs" });
  await expect(table.getByRole("columnheader")).toHaveText(["Question", "One long-lived JWT", "Server session", "Two tokens in localStorage", "This site"]);
  expect(traffic.lines()).toEqual([]);
});

test("an injected script gets cookies and storage, and no token", async ({ page, context }) => {
  await openLab(page);
  const { hostname } = new URL(servers.window.url);
  await context.addCookies([{ name: "of_another_program", value: "foreign-secret", domain: hostname, path: "/" }]);
  await page.evaluate(() => localStorage.setItem("of this origin", "visible"));
  await page.getByRole("button", { name: "Run what an injected script could run" }).click();
  const result = page.getByTestId("xss-result");
  await expect(result.getByRole("term")).toHaveText(["document.cookie", "localStorage", "sessionStorage"]);
  await expect(result.getByText("of this origin = visible")).toBeVisible();
  await expect(result.getByText("of_another_program = (of another program")).toBeVisible();
  await expect(result).not.toContainText("foreign-secret");
  await expect(result).not.toContainText("hsr_");
  await page.evaluate(() => localStorage.clear());
});

test("the quiz asks six questions by keyboard, and gives the reason after each", async ({ page }) => {
  await open(page, "/lab");
  const quiz = page.getByRole("region", { name: "Six questions" });
  const button = quiz.getByRole("button");
  await button.click({ force: true });
  await expect(button).toHaveAccessibleDescription("Choose an answer first.");
  for (let number = 1; number <= 6; number++) {
    await expect(quiz.getByText(`Question ${number} of 6`)).toBeVisible();
    await quiz.getByRole("radio").first().focus();
    await page.keyboard.press("Space");
    await button.focus();
    await page.keyboard.press("Enter");
    await expect(quiz.getByRole("status")).toHaveText(/^(Right|Not quite)\. \S+/);
    await expect(quiz.getByText("✓ The right answer")).toBeVisible();
    await expect(quiz.getByRole("radio").first()).toBeDisabled();
    await expect(button).toBeFocused();
    await page.keyboard.press("Enter");
    await expect(quiz.getByRole("heading", { level: 3 })).toBeFocused();
  }
  await expect(quiz.getByRole("heading", { name: "2 of 6 right" })).toBeFocused();
  await quiz.getByRole("button", { name: "Try again" }).click();
  await expect(quiz.getByText("Question 1 of 6")).toBeVisible();
  await expect(quiz.getByRole("heading", { level: 3 })).toBeFocused();
});

test("the words can be switched to those of the field, and stay so over a navigation", async ({ page }) => {
  await open(page, "/lab");
  const wrong = /\b(tickets?|stamps?|thief|thieves|box office|re-ink)/i;
  await page.getByRole("radio", { name: "The field" }).check();
  const sections = [page.getByRole("region", { name: "What an access token says" }), page.locator("#compare"), page.locator("#xss"), page.locator("#quiz")];
  for (const section of sections) await expect(section).not.toContainText(wrong);
  await expect(sections[0]!).toContainText("An access token is a JSON Web Token");
  await page.getByRole("link", { name: "Handstamp" }).first().click();
  await expect(page).toHaveURL(/\/$/);
  await page.goBack();
  await expect(page.getByRole("region", { name: "What an access token says" })).toBeVisible();
  await expect(page.getByRole("radio", { name: "The field" })).toBeChecked();
  await page.getByRole("radio", { name: "The picture" }).check();
  await expect(decoder(page)).toBeVisible();
});

test("the glossary names picture, term, meaning and source", async ({ page }) => {
  await open(page, "/lab#glossary");
  const table = page.getByRole("table", { name: "The picture's words and the field's terms" });
  await expect(table).toBeInViewport();
  await expect(table.getByRole("rowheader")).toHaveCount(17);
  const row = table.getByRole("row").filter({ has: page.getByRole("rowheader", { name: "access token" }) });
  await expect(row.getByRole("cell").first()).toHaveText("ticket");
  await expect(row.getByRole("link")).toHaveAttribute("href", "https://www.rfc-editor.org/rfc/rfc6749#section-1.4");
});

test("all of it fits into a narrow window, and passes axe", { tag: "@axe" }, async ({ page }) => {
  await page.emulateMedia({ reducedMotion: "reduce" });
  await openLab(page);
  await page.getByRole("button", { name: "Steal it (simulated)" }).click();
  await page.getByRole("button", { name: "Run what an injected script could run" }).click();
  await forge(page, "sub: another user");
  await expect(response(page)).toContainText("Refused.");
  const quiz = page.getByRole("region", { name: "Six questions" });
  await quiz.getByRole("radio").first().check();
  await quiz.getByRole("button").click();
  for (const width of [320, 768, 1280]) {
    await page.setViewportSize({ width, height: 800 });
    for (const theme of ["light", "dark"]) {
      await page.evaluate((theme) => document.documentElement.setAttribute("data-theme", theme), theme);
      expect(await page.evaluate(() => document.documentElement.scrollWidth - innerWidth)).toBeLessThanOrEqual(0);
      const { violations } = await new AxeBuilder({ page }).include(".learn").analyze();
      expect(violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(" | ")}`)).toEqual([]);
    }
  }
});
