import { expect, test } from "@playwright/test";

// Playwright's own option takes effect too late for Chromium's parser, and released Firefox does not support it.
test.use({
  javaScriptEnabled: async ({ browserName }, use) => use(browserName !== "webkit"),
  launchOptions: [async ({ launchOptions: { args = [], firefoxUserPrefs, ...options }, browserName }, use) => {
    if (browserName === "chromium") args = [...args, "--blink-settings=scriptEnabled=false"];
    if (browserName === "firefox") firefoxUserPrefs = { ...firefoxUserPrefs, "javascript.enabled": false };
    await use({ ...options, args, firefoxUserPrefs });
  }, { scope: "worker" }],
});

test("without JavaScript the page says why it needs it, and no form can be filled in or submitted", async ({ page, browserName }) => {
  // The page does not change after the load, and assertions that wait need JavaScript.
  for (const path of ["/", "/login", "/signup", "/posts"]) {
    await page.goto(path);
    // Not by its text: Playwright does not search for text inside of <noscript>.
    const notice = page.locator("noscript > p");
    expect(await notice.isVisible()).toBe(true);
    expect(await notice.textContent()).toMatch(/Handstamp needs JavaScript/);
  }
  // The lab shows the whole flow.
  await page.goto("/lab");
  expect(await page.getByTestId("rows").getByRole("listitem").count()).toBe(19);
  expect(await page.getByText("The interceptor asks for a new ticket").isVisible()).toBe(true);
  await page.goto("/signup");
  expect(await page.locator("main form button.button").isDisabled()).toBe(true);
  // The other engines still have scripts by their own account.
  if (browserName === "chromium") {
    expect(await page.locator("main form").isVisible()).toBe(false);
    await page.goto("/posts");
    expect(await page.locator("main .loading").isVisible()).toBe(false);
  }
});
