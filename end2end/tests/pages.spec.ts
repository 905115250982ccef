import { AxeBuilder } from "@axe-core/playwright";
import { awake, expect, open, outbox, signUp, test, visit } from "../fixtures.js";
import { servers } from "../servers.js";
import type { Page } from "@playwright/test";

test.use({ baseURL: servers.plain.url });

async function expectNoFindings(page: Page, rules?: string[]) {
  const builder = new AxeBuilder({ page });
  const { violations } = await (rules ? builder.withRules(rules) : builder).analyze();
  const found = violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(" | ")}`);
  expect(found, page.url()).toEqual([]);
}

async function expectNoSidewaysScroll(page: Page) {
  const [content, window_] = await page.evaluate(() => [document.documentElement.scrollWidth, innerWidth]);
  expect(content, page.url()).toBeLessThanOrEqual(window_);
}

/** Checks the page on a narrow screen and on a wide one, in both themes, which differ only in their colours. */
async function expectInOrder(page: Page) {
  await page.emulateMedia({ reducedMotion: "reduce" });
  for (const width of [320, 1600]) {
    await page.setViewportSize({ width, height: 900 });
    await expectNoSidewaysScroll(page);
    for (const colorScheme of ["light", "dark"] as const) {
      // Like the page's own switch: not every engine lets a test choose the system's theme.
      await page.evaluate((theme) => document.documentElement.setAttribute("data-theme", theme), colorScheme);
      await test.step(`${page.url()} in ${colorScheme} at ${width} px`, async () => {
        await expectNoFindings(page, colorScheme === "dark" ? ["color-contrast", "link-in-text-block"] : undefined);
      });
    }
  }
}

for (const path of [
  "/", "/login", "/signup", "/lab", "/no/such/page",
  "/magic", "/forgot", "/magic/x", "/confirm/x", "/reset/x", "/undo/x", "/outbox",
]) {
  test(`${path} is in order in both themes, narrow and wide`, { tag: "@axe" }, async ({ page, context }) => {
    await outbox(context.request, servers.plain.url);
    await open(page, path);
    await expectInOrder(page);
  });
}

test("signed-in pages pass axe in both themes at both widths", { tag: "@axe" }, async ({ page, person }) => {
  test.slow();
  await signUp(page, person);
  await expectInOrder(page);
  for (const [link, heading] of [["Posts", "Posts"], ["Sessions", "Your sessions"], ["Profile", "Your profile"]]) {
    await visit(page, link, heading);
    await expect(page.getByText("Loading…")).toBeHidden();
    await expectInOrder(page);
  }
  await page.getByRole("link", { name: "Account settings" }).click();
  await expect(page.getByRole("heading", { name: "Two-step login" })).toBeVisible();
  await expectInOrder(page);
});

test("the signed-in lab passes axe in both themes at both widths, and logging out works", { tag: "@axe" }, async ({ page, person }) => {
  test.slow();
  await signUp(page, person);
  await page.getByRole("navigation", { name: "Pages" }).getByRole("link", { name: "Lab" }).click();
  await expect(page.getByTestId("stamp-generation")).toBeVisible();
  await page.getByRole("button", { name: "Call", exact: true }).click();
  await expect(page.getByText("200: the server checked the ticket by itself.")).toBeVisible();
  await page.getByText("What it says").click();
  await expectInOrder(page);
  await page.getByRole("button", { name: "Log out", exact: true }).click();
  await expect(page.getByText("You are logged out.", { exact: true })).toBeVisible();
  await expectInOrder(page);
});

test("a long name leaves the header on one line, and nothing hides behind anything", async ({ page, person }) => {
  const name = person.name.padEnd(32, "w");
  await signUp(page, { ...person, name });
  const parts = [
    page.getByRole("banner").getByRole("link", { name: "Handstamp" }),
    page.getByRole("navigation", { name: "Pages" }),
    page.getByRole("banner").getByText(name, { exact: true }),
    page.getByRole("button", { name: "Log out", exact: true }),
    page.getByRole("button", { name: "Switch between light and dark" }),
  ];
  for (const width of [840, 900, 1280]) {
    await page.setViewportSize({ width, height: 900 });
    await expectNoSidewaysScroll(page);
    const boxes = await Promise.all(parts.map(async (part) => (await part.boundingBox())!));
    for (const [left, right] of boxes.slice(1).map((box, at) => [boxes[at]!, box] as const)) {
      expect(left.x + left.width, `at ${width} px`).toBeLessThanOrEqual(right.x);
      expect(left.y, `at ${width} px`).toBeLessThan(right.y + right.height);
      expect(right.y, `at ${width} px`).toBeLessThan(left.y + left.height);
    }
    expect(boxes[2]!.width, `at ${width} px`).toBeGreaterThan(80);
  }
});

test("the notices about the program are in order in both themes, narrow and wide", { tag: "@axe" }, async ({ page }) => {
  await open(page, "/login");
  const show = async (state: string) => {
    await page.evaluate((state) => document.documentElement.setAttribute("data-program", state), state);
    await expect(page.locator(`[data-when="${state}"]`)).toBeVisible();
  };
  for (const state of ["no-webassembly", "blocked", "not-loaded"]) {
    await show(state);
    await expectInOrder(page);
  }
  // The rest of a stopped page is inert, so it has no landmarks any more.
  await show("stopped");
  await page.setViewportSize({ width: 320, height: 480 });
  await expectNoSidewaysScroll(page);
  await expectNoFindings(page, ["color-contrast", "target-size"]);
  await expect(page.getByRole("alert").getByRole("button", { name: "Log out" })).toBeInViewport();
});

test("an error on a form is in order too", { tag: "@axe" }, async ({ page }) => {
  await open(page, "/signup");
  await page.getByLabel("User name").fill("x");
  await page.getByRole("button", { name: "Sign up" }).click();
  await expect(page.getByText("A user name has 3 to 32 characters.")).toBeVisible();
  await expectNoFindings(page);
});

const background = (page: Page) => page.evaluate(() => getComputedStyle(document.documentElement).backgroundColor);

test("the theme follows the system", { tag: "@emulated-media" }, async ({ page }) => {
  await page.emulateMedia({ colorScheme: "light" });
  await open(page, "/");
  const light = await background(page);
  await page.emulateMedia({ colorScheme: "dark" });
  expect(await background(page)).not.toBe(light);
});

test("the theme can be switched, which is kept over a reload", async ({ page }) => {
  await open(page, "/");
  const [press, before] = [page.getByRole("button", { name: "Switch between light and dark" }), await background(page)];
  await press.click();
  const switched = await background(page);
  expect(switched).not.toBe(before);
  await page.reload();
  expect(await background(page)).toBe(switched);
  await awake(page);
  await press.click();
  expect(await background(page)).toBe(before);
});

test("the keyboard alone signs up, posts and logs out", async ({ page, person }) => {
  await open(page, "/signup");
  await page.keyboard.press("Tab");
  await expect(page.getByRole("link", { name: "Skip to the content" })).toBeFocused();
  await page.keyboard.press("Enter");
  await page.keyboard.press("Tab");
  await expect(page.getByLabel("User name")).toBeFocused();
  await page.keyboard.type(person.name);
  await page.keyboard.press("Tab");
  await page.keyboard.type(person.email);
  await page.keyboard.press("Tab");
  await page.keyboard.type("correct horse battery");
  await page.keyboard.press("Enter");
  await expect(page.getByRole("button", { name: "Log out", exact: true })).toBeVisible();
  await page.getByRole("link", { name: "Read and write posts" }).press("Enter");
  await page.getByLabel("Say something").focus();
  await page.keyboard.type(`typed by ${person.name}`);
  await page.keyboard.press("Tab");
  await page.keyboard.press("Enter");
  await expect(page.getByRole("listitem").filter({ hasText: person.name })).toHaveCount(1);
  await page.getByRole("button", { name: "Log out", exact: true }).press("Enter");
  await expect(page.getByText("You are logged out.")).toBeVisible();
});

test("nothing of the wrong state shows while the page hydrates", async ({ page, person }) => {
  await signUp(page, person);
  await page.route("**/auth/refresh", async (route) => {
    await expect(page.getByRole("button", { name: "Log out", exact: true })).toBeHidden();
    await expect(page.getByRole("banner").getByRole("link", { name: "Log in" })).toBeHidden();
    await route.continue();
  });
  await page.reload();
  await expect(page.getByRole("button", { name: "Log out", exact: true })).toBeVisible();
});

test("nothing moves while the page hydrates", { tag: "@layout-shift" }, async ({ page, person }) => {
  await signUp(page, person);
  await page.addInitScript(() => {
    new PerformanceObserver((list) => {
      for (const entry of list.getEntries()) (window as never as { shift: number }).shift = ((window as never as { shift?: number }).shift ?? 0) + (entry as never as { value: number }).value;
    }).observe({ type: "layout-shift", buffered: true });
  });
  await page.reload();
  await expect(page.getByRole("button", { name: "Log out", exact: true })).toBeVisible();
  const shift = await page.evaluate(() => (window as never as { shift?: number }).shift ?? 0);
  expect(shift).toBeLessThan(0.1);
});
