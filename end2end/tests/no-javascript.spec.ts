import { expect, test } from "@playwright/test";

// Playwright's own switch comes too late for the parser of Chromium, and is not there for released Firefox.
test.use({
  javaScriptEnabled: async ({ browserName }, use) => use(browserName !== "webkit"),
  launchOptions: [async ({ launchOptions: { args = [], firefoxUserPrefs, ...options }, browserName }, use) => {
    if (browserName === "chromium") args = [...args, "--blink-settings=scriptEnabled=false"];
    if (browserName === "firefox") firefoxUserPrefs = { ...firefoxUserPrefs, "javascript.enabled": false };
    await use({ ...options, args, firefoxUserPrefs });
  }, { scope: "worker" }],
});

test("without JavaScript the page says what it needs it for, and no form can be sent", async ({ page }) => {
  // Nothing changes after a page is loaded, and assertions that wait would wait with JavaScript.
  for (const path of ["/", "/login", "/signup", "/posts"]) {
    await page.goto(path);
    // Not by its text: Playwright never looks for text inside of <noscript>.
    const notice = page.locator("noscript > p");
    expect(await notice.isVisible()).toBe(true);
    expect(await notice.textContent()).toMatch(/Handstamp needs JavaScript/);
  }
  // The lab explains itself: the whole flow is shown.
  await page.goto("/lab");
  expect(await page.getByTestId("rows").getByRole("listitem").count()).toBe(19);
  expect(await page.getByText("The page goes to the box office and shows the stamp").isVisible()).toBe(true);
  await page.goto("/signup");
  expect(await page.getByRole("button", { name: "Sign up" }).isDisabled()).toBe(true);
});
