// The frame, colours, print, forced colours, zoom, and right-to-left text.
import type { Locator, Page } from "@playwright/test";
import { accountMenu, expect, logOut, open, signUp, test, visit } from "../fixtures.js";
import { expectDarkOnWhite } from "../print.js";
import { servers } from "../servers.js";

test.use({ baseURL: servers.plain.url });

const left = async (locator: Locator) => (await locator.boundingBox())!.x;

test("header, content and footer share their left edge at every width", async ({ page, user }) => {
  await signUp(page, user);
  await visit(page, "Posts", "Posts");
  const parts = [
    page.getByRole("banner").getByRole("link", { name: "Handstamp" }),
    page.getByRole("heading", { level: 1 }),
    page.getByRole("contentinfo").getByText("This demo doesn't send email."),
  ];
  for (const width of [360, 768, 1280, 1920]) {
    await page.setViewportSize({ width, height: 900 });
    const [brand, ...others] = await Promise.all(parts.map(left));
    for (const other of others) expect(Math.abs(other - brand!), `at ${width} px`).toBeLessThan(1);
  }
});

test("the first screen of the home page has the introduction and its two actions", async ({ page }) => {
  await page.setViewportSize({ width: 1280, height: 800 });
  await open(page, "/");
  await expect(page).toHaveTitle("Handstamp: access and refresh tokens, live");
  const main = page.getByRole("main");
  const [first, second] = [main.getByRole("button", { name: "Try it as a guest" }), main.getByRole("link", { name: "See how it works" })];
  for (const part of [first, second, page.getByText("It is deleted after 24 hours."), page.getByText("No refresh token yet.")]) {
    await expect(part).toBeInViewport({ ratio: 1 });
  }
  expect((await first.boundingBox())!.y).toBe((await second.boundingBox())!.y);
  await expect(main.locator(".button:not(.button-quiet, .button-danger)")).toHaveCount(1);
  await expect(main.getByRole("link", { name: "Log in", exact: true })).toHaveCount(0);
});

/** The contrast of two colours (WCAG 2.2), of properties of elements. */
function contrast(page: Page, [first, firstProperty]: [string, string], [second, secondProperty]: [string, string]) {
  return page.evaluate(
    ([first, firstProperty, second, secondProperty]) => {
      const luminance = (selector: string, property: string) => {
        const color = getComputedStyle(document.querySelector(selector)!).getPropertyValue(property);
        const [red, green, blue] = color.match(/[\d.]+/g)!.map((part) => {
          const value = Number(part) / 255;
          return value <= 0.03928 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4;
        });
        return 0.2126 * red! + 0.7152 * green! + 0.0722 * blue!;
      };
      const [a, b] = [luminance(first!, firstProperty!), luminance(second!, secondProperty!)];
      return (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
    },
    [first, firstProperty, second, secondProperty],
  );
}

test("the blank ticket is seen in both themes", async ({ page }) => {
  await open(page, "/");
  await expect(page.locator(".ticket.is-blank")).toBeVisible();
  // The edge is the colour of the dashed line too.
  for (const [theme, fill] of [["light", 1.05], ["dark", 1.5]] as const) {
    await page.evaluate((theme) => document.documentElement.setAttribute("data-theme", theme), theme);
    expect(await contrast(page, [".ticket-face", "border-left-color"], ["html", "background-color"]), `edge, ${theme}`).toBeGreaterThanOrEqual(3);
    expect(await contrast(page, [".ticket-paper", "background-color"], ["html", "background-color"]), `paper, ${theme}`).toBeGreaterThan(fill);
    expect(await contrast(page, [".ticket-paper", "background-color"], [".ticket-title", "color"]), `text, ${theme}`).toBeGreaterThanOrEqual(4.5);
  }
});

test("buttons have roles: primary, quiet and danger differ, and only danger is red", async ({ page, user }) => {
  await signUp(page, user);
  for (const theme of ["light", "dark"]) {
    await page.evaluate((theme) => document.documentElement.setAttribute("data-theme", theme), theme);
    const colors = await page.evaluate(() => {
      const probe = (name: string) => {
        const button = document.createElement("button");
        button.className = name;
        button.style.setProperty("transition", "none");
        document.querySelector("main")!.append(button);
        const { backgroundColor, borderTopColor, color } = getComputedStyle(button);
        button.remove();
        return { backgroundColor, borderTopColor, color };
      };
      return { primary: probe("button"), quiet: probe("button button-quiet"), danger: probe("button button-danger") };
    });
    const isRed = (color: string) => {
      const [red, green, blue] = color.match(/\d+/g)!.map(Number);
      return red! > 1.4 * green! && red! > 1.4 * blue!;
    };
    expect(isRed(colors.primary.backgroundColor) || isRed(colors.quiet.borderTopColor), theme).toBe(false);
    expect(isRed(colors.danger.color) && isRed(colors.danger.borderTopColor), theme).toBe(true);
    expect(colors.quiet.backgroundColor).not.toBe(colors.primary.backgroundColor);
  }
});

test("navigation moves the focus to the heading of the new page", async ({ page, user }) => {
  await open(page, "/");
  await expect(page.getByRole("heading", { level: 1 }), "the first page keeps the focus of the browser").not.toBeFocused();
  await page.getByRole("banner").getByRole("link", { name: "Sign up" }).click();
  await expect(page).toHaveURL("/signup");
  await expect.poll(() => page.evaluate(() => document.querySelector("main")!.contains(document.activeElement))).toBe(true);
  await signUp(page, user);
  await expect(page.getByRole("heading", { name: `Hello, \u2068${user.name}\u2069` })).toBeFocused();
  await visit(page, "Posts", "Posts");
  await expect(page.getByRole("heading", { name: "Posts", level: 1 })).toBeFocused();
});

test("a login and a logout on the home page do not lose the focus", async ({ page }) => {
  await open(page, "/");
  await page.getByRole("button", { name: "Try it as a guest" }).press("Enter");
  await expect(page.getByRole("heading", { level: 1, name: "Hello" })).toBeFocused();
  await logOut(page);
  await expect(page.getByRole("heading", { name: "Short tickets, one stamp." })).toBeFocused();
});

// 400 % zoom of a window of 1280 × 1024 px (WCAG 2.2, 1.4.10).
test("no page scrolls sideways at 320 px, and the targets of the frame are large enough", async ({ page, user }) => {
  await page.setViewportSize({ width: 320, height: 256 });
  const expectNoScroll = async () => {
    expect(await page.evaluate(() => document.documentElement.scrollWidth), page.url()).toBeLessThanOrEqual(320);
  };
  for (const path of ["/", "/login", "/signup", "/magic", "/forgot", "/outbox", "/no/such/page"]) {
    await open(page, path);
    await expectNoScroll();
  }
  await signUp(page, user);
  await expectNoScroll();
  for (const link of await page.getByRole("navigation", { name: "Pages" }).getByRole("link").all()) {
    const box = (await link.boundingBox())!;
    expect(box.height, await link.innerText()).toBeGreaterThanOrEqual(44);
    expect(box.width, await link.innerText()).toBeGreaterThanOrEqual(24);
  }
});

test("print is dark on white in every theme", { tag: "@emulated-media" }, async ({ page, user }) => {
  await signUp(page, user);
  await accountMenu(page).click();
  await page.getByRole("radio", { name: "Dark" }).check();
  await page.keyboard.press("Escape");
  for (const theme of ["dark", "light", "auto"]) {
    await page.emulateMedia({ media: "print", colorScheme: "dark", reducedMotion: "reduce" });
    await page.evaluate((theme) => document.documentElement.setAttribute("data-theme", theme), theme);
    await expectDarkOnWhite(page);
  }
  await page.evaluate(() => document.documentElement.setAttribute("data-theme", "dark"));
  const expectPrintedWell = async () => {
    await page.emulateMedia({ media: "print", colorScheme: "dark", reducedMotion: "reduce" });
    await expectDarkOnWhite(page);
    await expect(page.getByRole("navigation", { name: "Pages" }), "a page on paper leads nowhere").toBeHidden();
    await page.emulateMedia({ media: "screen", colorScheme: "dark", reducedMotion: "reduce" });
  };
  await page.emulateMedia({ media: "screen", colorScheme: "dark", reducedMotion: "reduce" });
  for (const [link, heading] of [["Posts", "Posts"], ["Sessions", "Your sessions"], ["Profile", "Your profile"]] as const) {
    await page.emulateMedia({ media: "screen" });
    await visit(page, link, heading);
    await expect(page.getByText("Loading…")).toBeHidden();
    await expectPrintedWell();
  }
  await page.emulateMedia({ media: "screen" });
  await page.getByRole("navigation", { name: "Settings" }).getByRole("link", { name: "Security" }).click();
  await expect(page.getByRole("heading", { name: "Two-step login" })).toBeVisible();
  await expectPrintedWell();
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
  await expect(page.locator(".person-name bdi").filter({ hasText: name })).toBeVisible();
});
