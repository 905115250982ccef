// The animation of the README: an access token expires, and the page gets a new one.
import sharp from "sharp";
import { expect, open, test } from "../fixtures.js";
import { experiment, logInAsGuest } from "../lab.js";
import { servers } from "../servers.js";

const folder = process.env.SCREENSHOTS ?? "../docs/screenshots";
const interval = 250; // milliseconds

test.use({ baseURL: servers.plain.url });
test.setTimeout(120_000);

test("a refresh on the stage of the lab", async ({ page }) => {
  await page.setViewportSize({ width: 1280, height: 760 });
  await page.emulateMedia({ colorScheme: "light" });
  await open(page, "/lab");
  await logInAsGuest(page);
  await expect(page.getByTestId("stage-stamp")).toHaveText("Stamp #0");
  const expire = experiment(page, "Let the ticket expire");
  await expire.evaluate((card) => card.scrollIntoView());
  const frames: Buffer[] = [];
  const capture = async () => {
    frames.push(await page.screenshot());
    await page.waitForTimeout(interval);
  };
  await capture();
  await expire.getByRole("button", { name: "In 5 s" }).click();
  const done = expire.getByText("The server refused the ticket, the interceptor");
  while (!(await done.isVisible())) await capture();
  // Until the stage has played the last message.
  while (await page.getByRole("button", { name: "Pause" }).isVisible()) await capture();
  for (let rest = 0; rest < 4; rest++) await capture();
  const delay = frames.map((_, index) => (index === frames.length - 1 ? 3000 : interval + 50));
  const small = await Promise.all(frames.map((frame) => sharp(frame).resize({ width: 960 }).png().toBuffer()));
  await sharp(small, { join: { animated: true } }).webp({ quality: 60, delay, loop: 0, minSize: true }).toFile(`${folder}/refresh.webp`);
});
