// Files that pages save.
import { mkdtempSync } from "node:fs";
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test, type Page } from "@playwright/test";
import { scratchFolder } from "./servers.js";

/** Where a browser saves them for this worker, if Playwright doesn't report them. */
export const downloadsFolder = mkdtempSync(join(scratchFolder, "downloads-"));

/** Returns the text of the file that the page saves after `press`. */
export async function savedText(page: Page, press: () => Promise<void>) {
  if (test.info().project.metadata.reportsDownloads) {
    const [download] = await Promise.all([page.waitForEvent("download"), press()]);
    return readFile(await download.path(), "utf8");
  }
  const before = await readdir(downloadsFolder);
  await press();
  // The file is there before its text.
  const text = async () => {
    const [added] = (await readdir(downloadsFolder)).filter((name) => !before.includes(name) && !name.endsWith(".part"));
    return added ? readFile(join(downloadsFolder, added), "utf8") : "";
  };
  await expect.poll(text).not.toBe("");
  return text();
}
