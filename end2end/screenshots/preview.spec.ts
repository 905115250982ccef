// The picture that other sites show with a link to Handstamp: `public/preview.png`.
import sharp from "sharp";
import { expect, open, test } from "../fixtures.js";
import { servers } from "../servers.js";

test.use({ baseURL: servers.plain.url });

test("the preview", async ({ page }) => {
  await page.setViewportSize({ width: 1200, height: 630 });
  await page.emulateMedia({ colorScheme: "light", reducedMotion: "reduce" });
  await open(page, "/");
  await page.getByRole("button", { name: "Try it as a guest" }).click();
  await expect(page.getByTestId("generation")).toHaveText("1");
  await page.evaluate(() => window.scrollTo(0, 0));
  const picture = await page.screenshot({ clip: { x: 0, y: 0, width: 1200, height: 630 }, animations: "disabled" });
  await sharp(picture).png({ palette: true, colours: 64 }).toFile(`${process.env.SCREENSHOTS ?? "../public"}/preview.png`);
});
