// The animation of the README: an access token expires, and the page gets a new one.
import sharp from "sharp";
import { expect, open, test } from "../fixtures.js";
import { servers } from "../servers.js";

const folder = process.env.SCREENSHOTS ?? "../docs/screenshots";
const interval = 250; // milliseconds

// The added style that hides parts of the page needs bypassCSP.
test.use({ baseURL: servers.plain.url, bypassCSP: true });
test.setTimeout(120_000);

test("a refresh in the lab", async ({ page }) => {
  await page.setViewportSize({ width: 1100, height: 760 });
  await page.emulateMedia({ colorScheme: "light" });
  await open(page, "/lab");
  await page.getByRole("button", { name: "Log in as a guest" }).click();
  await expect(page.getByTestId("stamp-generation")).toHaveText("0");
  await page.getByRole("button", { name: "Clear" }).click();
  // The tokens and the diagram, side by side.
  await page.addStyleTag({ content: ".tour, .diagram-controls, .page-header, .page-footer, h1, .lead { display: none !important; }" });
  await page.evaluate(() => document.querySelector(".lab-tokens")?.scrollIntoView());
  const clip = await page.evaluate(() => {
    const { top } = document.querySelector(".lab-tokens")!.getBoundingClientRect();
    return { x: 0, y: Math.max(0, top - 12), width: innerWidth, height: 640 };
  });
  const frames: Buffer[] = [];
  const capture = async () => frames.push(await page.screenshot({ clip }));
  await capture();
  await page.getByRole("button", { name: "In 5 s" }).evaluate((button: HTMLButtonElement) => button.click());
  const done = page.getByText("The server refused the ticket, the interceptor");
  while (!(await done.isVisible())) {
    await capture();
    await page.waitForTimeout(interval);
  }
  for (let rest = 0; rest < 8; rest++) {
    await capture();
    await page.waitForTimeout(interval);
  }
  const delay = frames.map((_, index) => (index === frames.length - 1 ? 3000 : interval + 50));
  const small = await Promise.all(frames.map((frame) => sharp(frame).resize({ width: 880 }).png().toBuffer()));
  await sharp(small, { join: { animated: true } }).webp({ quality: 60, delay, loop: 0, minSize: true }).toFile(`${folder}/refresh.webp`);
});
