import { test } from "@playwright/test";
import { expect, open, password } from "../fixtures.js";
import { servers } from "../servers.js";

const folder = process.env.SCREENSHOTS ?? "../docs/screenshots";

test.use({ baseURL: servers.plain.url });

for (const colorScheme of ["light", "dark"] as const) {
  for (const width of [360, 1280]) {
    test(`pages in ${colorScheme} at ${width} px`, async ({ page }) => {
      const shoot = (name: string) =>
        page.screenshot({ path: `${folder}/${name}-${colorScheme}-${width}.png`, fullPage: true, animations: "disabled" });
      await page.emulateMedia({ colorScheme, reducedMotion: "reduce" });
      await page.setViewportSize({ width, height: 800 });
      for (const [name, path] of [["home", "/"], ["log-in", "/login"], ["not-found", "/nowhere"]]) {
        await open(page, path);
        await shoot(name);
      }
      await open(page, "/signup");
      await page.getByLabel("User name").fill("a");
      await page.getByRole("button", { name: "Sign up" }).click();
      await expect(page.getByText("A user name has")).toBeVisible();
      await shoot("sign-up-error");
      const name = `Ada-${colorScheme}-${width}`;
      await page.getByLabel("User name").fill(name);
      await page.getByLabel("E-mail").fill(`${name}@example.org`);
      await page.getByLabel("Password").fill(password);
      await page.getByRole("button", { name: "Sign up" }).click();
      await expect(page.getByRole("button", { name: "Log out" })).toBeVisible();
      await shoot("home-signed-in");
      await page.getByRole("navigation", { name: "Pages" }).getByRole("link", { name: "Posts" }).click();
      for (const text of ["Saw the late show twice.", "The stamp on my hand still holds.\nSo does the seat."]) {
        await page.getByLabel("Say something").fill(text);
        await page.getByRole("button", { name: "Post" }).click();
        await expect(page.getByRole("listitem").filter({ hasText: text.slice(0, 12) }).first()).toBeVisible();
      }
      await shoot("posts");
      await page.getByRole("navigation", { name: "Pages" }).getByRole("link", { name: "Profile" }).click();
      await expect(page.getByText(`${name}@example.org`)).toBeVisible();
      await shoot("profile");
      await page.getByRole("button", { name: "Log out", exact: true }).click();
      await expect(page.getByText("You are logged out.")).toBeVisible();
      await shoot("logged-out");
    });
  }
}
