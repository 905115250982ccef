// Files that pages download.
import { mkdtempSync } from "node:fs";
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test, type Page } from "@playwright/test";
import { scratchFolder } from "./servers.js";

/** The download folder of this worker, for a browser whose downloads Playwright doesn't report. */
export const downloadsFolder = mkdtempSync(join(scratchFolder, "downloads-"));

/** Returns the text of the file that the page downloads after `click`. */
export async function downloadedText(page: Page, click: () => Promise<void>) {
  if (test.info().project.metadata.reportsDownloads) {
    const [download] = await Promise.all([page.waitForEvent("download"), click()]);
    return readFile(await download.path(), "utf8");
  }
  const before = await readdir(downloadsFolder);
  await click();
  // The file exists before its text is written.
  const text = async () => {
    const [added] = (await readdir(downloadsFolder)).filter((name) => !before.includes(name) && !name.endsWith(".part"));
    return added ? readFile(join(downloadsFolder, added), "utf8") : "";
  };
  await expect.poll(text).not.toBe("");
  return text();
}
