// The page of the lab.
import type { Page } from "@playwright/test";
import { expect, open } from "./fixtures.js";

/** The rows of the sequence diagram. */
export const rows = (page: Page) => page.getByTestId("rows").getByRole("listitem");
export const rowsWithText = (page: Page, hasText: string) => rows(page).filter({ has: page.locator("summary", { hasText }) });
export const experiment = (page: Page, name: string) => page.getByRole("region", { name });

/** Opens the lab and logs in as a guest. */
export async function openLab(page: Page) {
  await open(page, "/lab");
  await page.getByRole("button", { name: "Log in as a guest" }).click();
  await expect(page.getByTestId("stamp-generation")).toHaveText("0");
  // The last row of a login.
  await expect(rowsWithText(page, "Holds ticket 1 in memory")).toHaveCount(1);
}
