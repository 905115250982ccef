import { mkdir } from "node:fs/promises";
import sharp from "sharp";
import type { Page } from "@playwright/test";
import { accountMenu, expect, logOut, open, password, test } from "../fixtures.js";
import { nextStep, tourStep } from "../lab.js";
import { outbox } from "../mail.js";
import { servers } from "../servers.js";

const folder = process.env.SCREENSHOTS ?? "../docs/screenshots";
// The docs show one width; WIDTHS=320,1280 takes more.
const widths = (process.env.WIDTHS ?? "1280").split(",").map(Number);

test.use({ baseURL: servers.plain.url });
test.setTimeout(120_000);

for (const colorScheme of ["light", "dark"] as const) {
  for (const width of widths) {
    test(`pages in ${colorScheme} at ${width} px`, async ({ page }) => {
      await mkdir(folder, { recursive: true });
      const capture = async (name: string, fullPage = true) => {
        const picture = await page.screenshot({ fullPage, animations: "disabled" });
        await sharp(picture).webp({ quality: 80 }).toFile(`${folder}/${name}-${colorScheme}-${width}.webp`);
      };
      await page.emulateMedia({ colorScheme, reducedMotion: "reduce" });
      await page.setViewportSize({ width, height: 800 });
      for (const [name, path] of [
        ["home", "/"], ["log-in", "/login"], ["magic", "/magic"], ["forgot", "/forgot"], ["reset", "/reset/x"],
        ["confirm", "/confirm/x"], ["open-link", "/magic/x"], ["not-found", "/no/such/page"], ["lab", "/lab"],
      ]) {
        await open(page, path!);
        await capture(name!);
      }
      await open(page, "/signup");
      await page.getByLabel("Username").fill("a");
      await page.getByRole("button", { name: "Sign up" }).click();
      await expect(page.getByText("Username must be")).toBeVisible();
      await capture("sign-up-error");
      const name = `Ada-${colorScheme}-${width}`;
      await page.getByLabel("Username").fill(name);
      await page.getByLabel("Email").fill(`${name}@example.org`);
      await page.getByLabel("Password").fill(password);
      await page.getByRole("button", { name: "Sign up" }).click();
      await expect(page.getByRole("heading", { name: `Welcome, ${name}!` })).toBeVisible();
      await capture("welcome");
      await page.getByRole("link", { name: "Continue" }).click();
      await expect(accountMenu(page)).toBeVisible();
      await capture("home-signed-in");
      const visit = async (link: string) => page.getByRole("navigation", { name: "Pages" }).getByRole("link", { name: link }).click();
      await visit("Posts");
      for (const text of ["Saw the late show twice.", "The stamp on my hand still holds.\nSo does the seat."]) {
        await page.getByLabel("What's on your mind?").fill(text);
        await page.getByRole("button", { name: "Post" }).click();
        await expect(page.getByRole("listitem").filter({ hasText: text.slice(0, 12) }).first()).toBeVisible();
      }
      await capture("posts");
      await accountMenu(page).click();
      await page.locator("#account-menu").getByRole("link", { name: "Settings" }).click();
      await expect(page.getByText(`${name}@example.org`)).toBeVisible();
      await capture("profile");
      await page.getByRole("navigation", { name: "Settings" }).getByRole("link", { name: "Security" }).click();
      await expect(page.getByRole("heading", { name: "Two-step login" })).toBeVisible();
      await capture("account");
      await page.getByRole("navigation", { name: "Settings" }).getByRole("link", { name: "Sessions" }).click();
      await expect(page.getByText("This device", { exact: true })).toBeVisible();
      await capture("sessions");
      await outbox(page.context().request, servers.plain.url);
      await open(page, "/outbox");
      await expect(page.getByText(`${name}@example.org`).first()).toBeVisible();
      await capture("outbox");
      await logOut(page);
      await expect(page.getByText("You're logged out.")).toBeVisible();
      await capture("logged-out");
      await tourTo(page, 16);
      await capture("lab-tour", false);
    });
  }
}

/** Goes through the tour of the lab up to this step. */
async function tourTo(page: Page, last: number) {
  await open(page, "/lab");
  await page.getByRole("button", { name: "Start the tour" }).click();
  while ((await tourStep(page)) < last) await nextStep(page);
  await expect(page.locator(`.row[data-step="${last}"]`)).toHaveClass(/is-current/);
}
