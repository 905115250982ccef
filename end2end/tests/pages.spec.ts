import { AxeBuilder } from "@axe-core/playwright";
import { accountMenu, expect, logOut, open, signUp, test, visit, waitUntilReady } from "../fixtures.js";
import { outbox } from "../mail.js";
import { servers } from "../servers.js";
import type { Page } from "@playwright/test";

test.use({ baseURL: servers.plain.url });

async function expectNoAxeViolations(page: Page, rules?: string[]) {
  const builder = new AxeBuilder({ page });
  const { violations } = await (rules ? builder.withRules(rules) : builder).analyze();
  const found = violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(" | ")}`);
  expect(found, page.url()).toEqual([]);
}

async function expectNoHorizontalScroll(page: Page) {
  const [content, window_] = await page.evaluate(() => [document.documentElement.scrollWidth, innerWidth]);
  expect(content, page.url()).toBeLessThanOrEqual(window_);
}

/** Checks the page with axe at two widths and in both themes, which differ only in their colours. */
async function expectAccessible(page: Page) {
  await page.emulateMedia({ reducedMotion: "reduce" });
  for (const width of [320, 1600]) {
    await page.setViewportSize({ width, height: 900 });
    await expectNoHorizontalScroll(page);
    for (const colorScheme of ["light", "dark"] as const) {
      // Set like the page's own switch does: some engines can't emulate the system's theme.
      await page.evaluate((theme) => document.documentElement.setAttribute("data-theme", theme), colorScheme);
      await test.step(`${page.url()} in ${colorScheme} at ${width} px`, async () => {
        await expectNoAxeViolations(page, colorScheme === "dark" ? ["color-contrast", "link-in-text-block"] : undefined);
      });
    }
  }
}

for (const path of [
  "/", "/login", "/signup", "/lab", "/no/such/page",
  "/magic", "/forgot", "/magic/x", "/confirm/x", "/reset/x", "/undo/x", "/outbox",
]) {
  test(`${path} passes axe in both themes at both widths`, { tag: "@axe" }, async ({ page, context }) => {
    await outbox(context.request, servers.plain.url);
    await open(page, path);
    await expectAccessible(page);
  });
}

test("pages of a logged-in user pass axe in both themes at both widths", { tag: "@axe" }, async ({ page, user }) => {
  test.slow();
  await signUp(page, user);
  await expectAccessible(page);
  for (const [link, heading] of [["Posts", "Posts"], ["Sessions", "Your sessions"], ["Profile", "Your profile"]]) {
    await visit(page, link, heading);
    await expect(page.getByText("Loading…")).toBeHidden();
    await expectAccessible(page);
  }
  await page.getByRole("navigation", { name: "Settings" }).getByRole("link", { name: "Security" }).click();
  await expect(page.getByRole("heading", { name: "Two-step login" })).toBeVisible();
  await expectAccessible(page);
});

test("the lab of a logged-in user passes axe in both themes at both widths, also after a logout", { tag: "@axe" }, async ({ page, user }) => {
  test.slow();
  await signUp(page, user);
  await page.getByRole("navigation", { name: "Pages" }).getByRole("link", { name: "Lab" }).click();
  await expect(page.getByTestId("stamp-generation")).toBeVisible();
  await page.getByRole("button", { name: "Call", exact: true }).click();
  await expect(page.getByText("200: the server checked the ticket on its own.")).toBeVisible();
  await expectAccessible(page);
  await logOut(page);
  await expect(page.getByText("You're logged out.", { exact: true })).toBeVisible();
  await expectAccessible(page);
});

test("a long user name keeps the header on one line without overlaps", async ({ page, user }) => {
  const name = user.name.padEnd(32, "w");
  await signUp(page, { ...user, name });
  const parts = [
    page.getByRole("banner").getByRole("link", { name: "Handstamp" }),
    page.getByRole("navigation", { name: "Pages" }),
    accountMenu(page, name),
  ];
  for (const width of [840, 900, 1280]) {
    await page.setViewportSize({ width, height: 900 });
    await expectNoHorizontalScroll(page);
    const boxes = await Promise.all(parts.map(async (part) => (await part.boundingBox())!));
    for (const [left, right] of boxes.slice(1).map((box, index) => [boxes[index]!, box] as const)) {
      expect(left.x + left.width, `at ${width} px`).toBeLessThanOrEqual(right.x);
      expect(left.y, `at ${width} px`).toBeLessThan(right.y + right.height);
      expect(right.y, `at ${width} px`).toBeLessThan(left.y + left.height);
    }
    await accountMenu(page).click();
    await expect(page.locator("#account-menu").getByText(name)).toBeInViewport({ ratio: 1 });
    await expectNoHorizontalScroll(page);
    await page.keyboard.press("Escape");
  }
});

test("the notices about the WASM pass axe in both themes at both widths", { tag: "@axe" }, async ({ page }) => {
  await open(page, "/login");
  const show = async (state: string) => {
    await page.evaluate((state) => document.documentElement.setAttribute("data-program", state), state);
    await expect(page.locator(`[data-when="${state}"]`)).toBeVisible();
  };
  for (const state of ["no-webassembly", "blocked", "not-loaded"]) {
    await show(state);
    await expectAccessible(page);
  }
  // The rest of a stopped page is inert, so it no longer has landmarks.
  await show("stopped");
  await page.setViewportSize({ width: 320, height: 480 });
  await expectNoHorizontalScroll(page);
  await expectNoAxeViolations(page, ["color-contrast", "target-size"]);
  await expect(page.getByRole("alert").getByRole("button", { name: "Log out" })).toBeInViewport();
});

test("a form with an error passes axe", { tag: "@axe" }, async ({ page }) => {
  await open(page, "/signup");
  await page.getByLabel("Username").fill("x");
  await page.getByRole("button", { name: "Sign up" }).click();
  await expect(page.getByText("Username must be 3–32 characters.")).toBeVisible();
  await expectNoAxeViolations(page);
});

const background = (page: Page) => page.evaluate(() => getComputedStyle(document.documentElement).backgroundColor);

test("the theme follows the system", { tag: "@emulated-media" }, async ({ page }) => {
  await page.emulateMedia({ colorScheme: "light" });
  await open(page, "/");
  const light = await background(page);
  await page.emulateMedia({ colorScheme: "dark" });
  expect(await background(page)).not.toBe(light);
});

test("the switched theme is kept after a reload", async ({ page }) => {
  await open(page, "/");
  const before = await background(page);
  const choose = async (theme: string) => {
    await page.getByRole("button", { name: "Theme" }).click();
    await page.getByRole("radio", { name: theme }).check();
    await page.keyboard.press("Escape");
  };
  await choose("Dark");
  const switched = await background(page);
  expect(switched).not.toBe(before);
  await page.reload();
  expect(await background(page)).toBe(switched);
  await waitUntilReady(page);
  await choose("System");
  expect(await background(page)).toBe(before);
  await page.reload();
  expect(await background(page)).toBe(before);
});

test("signing up, posting and logging out work with the keyboard alone", async ({ page, user }) => {
  await open(page, "/");
  await page.keyboard.press("Tab");
  await expect(page.getByRole("link", { name: "Skip to content" })).toBeFocused();
  await page.keyboard.press("Enter");
  await page.getByRole("banner").getByRole("link", { name: "Sign up" }).press("Enter");
  await expect(page.getByLabel("Username")).toBeFocused();
  await page.keyboard.type(user.name);
  await page.keyboard.press("Tab");
  await page.keyboard.type(user.email);
  await page.keyboard.press("Tab");
  await page.keyboard.type("correct horse battery");
  await page.keyboard.press("Enter");
  await expect(page.getByRole("heading", { name: `Welcome, ${user.name}!` })).toBeFocused();
  await page.keyboard.press("Tab");
  await page.keyboard.press("Enter");
  await expect(accountMenu(page)).toBeVisible();
  await page.getByRole("link", { name: "Write a post" }).press("Enter");
  await page.getByLabel("What's on your mind?").focus();
  await page.keyboard.type(`typed by ${user.name}`);
  await page.keyboard.press("Tab");
  await page.keyboard.press("Enter");
  await expect(page.getByRole("listitem").filter({ hasText: user.name })).toHaveCount(1);
  await accountMenu(page).press("Enter");
  await page.getByRole("button", { name: "Log out", exact: true }).press("Enter");
  await expect(page.getByText("You're logged out.")).toBeVisible();
});

test("neither the logged-in nor the logged-out state is shown before the first refresh", async ({ page, user }) => {
  await signUp(page, user);
  await page.route("**/auth/refresh", async (route) => {
    await expect(accountMenu(page)).toBeHidden();
    await expect(page.getByRole("banner").getByRole("link", { name: "Log in" })).toBeHidden();
    await route.continue();
  });
  await page.reload();
  await expect(accountMenu(page)).toBeVisible();
});

test("hydration shifts no layout", { tag: "@layout-shift" }, async ({ page, user }) => {
  await signUp(page, user);
  await page.addInitScript(() => {
    new PerformanceObserver((list) => {
      for (const entry of list.getEntries()) (window as never as { shift: number }).shift = ((window as never as { shift?: number }).shift ?? 0) + (entry as never as { value: number }).value;
    }).observe({ type: "layout-shift", buffered: true });
  });
  await page.reload();
  await expect(accountMenu(page)).toBeVisible();
  const shift = await page.evaluate(() => (window as never as { shift?: number }).shift ?? 0);
  expect(shift).toBeLessThan(0.1);
});
