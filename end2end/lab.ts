// The page of the lab.
import type { Page } from "@playwright/test";
import { expect, open } from "./fixtures.js";

/** The rows of the sequence diagram. */
export const rows = (page: Page) => page.getByTestId("rows").getByRole("listitem");
export const rowsWithText = (page: Page, hasText: string | RegExp) => rows(page).filter({ has: page.locator("summary", { hasText }) });
export const experiment = (page: Page, name: string) => page.getByRole("region", { name });

/** Opens the lab and logs in as a guest. */
export async function openLab(page: Page) {
  await open(page, "/lab");
  await logInAsGuest(page);
  await expect(page.getByTestId("stamp-generation")).toHaveText("0");
  // The last row of a login.
  await expect(rowsWithText(page, /Stores ticket [0-9a-f]{4} in memory/)).toHaveCount(1);
}

/** Logs in with the button of the first experiment that needs a session. */
export async function logInAsGuest(page: Page) {
  await page.getByRole("button", { name: "Log in as a guest" }).first().click();
}

/** Waits until the tour has done a step, and returns its number. */
export async function tourStep(page: Page) {
  await expect(page.locator("#stage-next")).toHaveAttribute("aria-busy", "false", { timeout: 15_000 });
  const text = await page.getByTestId("tour-step").textContent();
  return Number(/Step (\d+) of 19/.exec(text ?? "")![1]);
}

/** The steps at which the tour stops: a step that repeats an earlier one is not told again. */
export const stops = [1, 2, 3, 4, 5, 6, 9, 10, 11, 12, 13, 14, 15, 16, 17, 19];

/** Goes on to the next step of the tour. */
export async function nextStep(page: Page) {
  await page.getByRole("button", { name: "Next", exact: true }).click();
}

/** Waits until the stage has played the newest event: while it plays, the rows of the diagram move. */
export async function waitForStage(page: Page) {
  const position = page.getByRole("slider", { name: "Position" });
  await expect.poll(async () => {
    const [, at, all] = /Event (\d+) of (\d+)/.exec((await position.getAttribute("aria-valuetext")) ?? "") ?? [];
    return at !== undefined && at === all;
  }).toBe(true);
}

/** Opens the menu with the exports. */
export async function openExports(page: Page) {
  await page.getByText("Export, replay, clear").click();
}
