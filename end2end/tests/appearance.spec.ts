// Print, forced colours, and right-to-left text.
import type { Locator } from "@playwright/test";
import { expect, open, signUp, test, visit } from "../fixtures.js";
import { expectDarkOnWhite } from "../print.js";
import { servers } from "../servers.js";

test.use({ baseURL: servers.plain.url });

test("print is dark on white in every theme", { tag: "@emulated-media" }, async ({ page, user }) => {
  await signUp(page, user);
  await page.getByRole("button", { name: "Switch between light and dark" }).click();
  for (const theme of ["dark", "light", "auto"]) {
    await page.emulateMedia({ media: "print", colorScheme: "dark", reducedMotion: "reduce" });
    await page.evaluate((theme) => document.documentElement.setAttribute("data-theme", theme), theme);
    await expectDarkOnWhite(page);
  }
  await page.evaluate(() => document.documentElement.setAttribute("data-theme", "dark"));
  for (const [link, heading] of [["Posts", "Posts"], ["Sessions", "Your sessions"], ["Profile", "Your profile"]] as const) {
    await visit(page, link, heading);
    await expect(page.getByText("Loading…")).toBeHidden();
    await expectDarkOnWhite(page);
  }
  await page.getByRole("link", { name: "Account settings" }).click();
  await expect(page.getByRole("heading", { name: "Two-step login" })).toBeVisible();
  await expectDarkOnWhite(page);
});

test("progress bars show their value in forced colours", { tag: "@emulated-media" }, async ({ page }) => {
  const picture = async (bar: Locator, value: number) => {
    await bar.evaluate((bar: HTMLProgressElement, value) => (bar.value = value), value);
    return bar.screenshot();
  };
  for (const colorScheme of ["light", "dark"] as const) {
    await page.emulateMedia({ forcedColors: "active", colorScheme, reducedMotion: "reduce" });
    for (const [path, name, full] of [["/", ".ticket-fuse", 1000], ["/signup", ".strength", 5]] as const) {
      await open(page, path);
      const bar = page.locator(name);
      await bar.scrollIntoViewIfNeeded();
      const [empty, half] = [await picture(bar, 0), await picture(bar, full / 2)];
      expect(empty.equals(half), `${name}, ${colorScheme}`).toBe(false);
      expect(half.equals(await picture(bar, full)), `${name}, ${colorScheme}`).toBe(false);
    }
  }
});

test("right-to-left names and posts do not reorder the text around them", async ({ page, user }) => {
  const name = `\u05e9\u05dc\u05d5\u05dd${String(Date.now()).slice(-8)}`;
  await signUp(page, { ...user, name });
  await visit(page, "Posts", "Posts");
  const text = `\u05e9\u05dc\u05d5\u05dd! ${user.name}`;
  await page.getByLabel("What's on your mind?").fill(text);
  await page.getByRole("button", { name: "Post", exact: true }).click();
  const post = page.getByRole("listitem").filter({ hasText: text });
  await expect(post.locator(".post-body")).toHaveCSS("direction", "rtl");
  await expect(post.locator(".post-by")).toHaveCSS("direction", "ltr");
  // The time follows the name.
  const author = post.locator(".post-by bdi");
  await expect(author).toHaveText(name);
  const [nameEnds, timeStarts] = await author.evaluate((bdi) => {
    const time = document.createRange();
    time.selectNodeContents(bdi.closest("p")!);
    time.setStartAfter(bdi.parentElement!);
    return [bdi.getBoundingClientRect().right, time.getBoundingClientRect().left];
  });
  expect(nameEnds).toBeLessThanOrEqual(timeStarts + 1);
  await visit(page, "Profile", "Your profile");
  await expect(page.locator(".facts bdi").filter({ hasText: name })).toBeVisible();
});
