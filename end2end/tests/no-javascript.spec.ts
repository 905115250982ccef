import { expect, test } from "@playwright/test";
import { launchOptions } from "../playwright.config.js";

// Playwright's own switch comes too late for the parser, which then leaves <noscript> out.
test.use({ launchOptions: { ...launchOptions, args: [...launchOptions.args, "--blink-settings=scriptEnabled=false"] } });

test("without JavaScript the page says what it needs it for, and no form can be sent", async ({ page }) => {
  for (const path of ["/", "/login", "/signup", "/posts"]) {
    await page.goto(path);
    // Not by its text: Playwright never looks for text inside of <noscript>.
    const notice = page.locator("noscript > p");
    await expect(notice).toBeVisible();
    await expect(notice).toHaveText(/Handstamp needs JavaScript/);
  }
  // The lab explains itself: the whole flow stands there.
  await page.goto("/lab");
  await expect(page.getByTestId("rows").getByRole("listitem")).toHaveCount(19);
  await expect(page.getByText("The page goes to the box office and shows the stamp")).toBeVisible();
  await page.goto("/signup");
  await expect(page.getByRole("button", { name: "Sign up" })).toBeDisabled();
});
