// The settings: the account menu, the tabs, the theme, a pending change of the address, and guests who register.
import { accountMenu, expect, logIn, logOut, open, password, signUp, test, visit } from "../fixtures.js";
import { linkTo, openMail, requestLink } from "../mail.js";
import { servers } from "../servers.js";

test.use({ baseURL: servers.plain.url });

test("the account menu works with the keyboard and leads to the settings", async ({ page, user }) => {
  await signUp(page, user);
  const menu = page.locator("#account-menu");
  await accountMenu(page, user.name).focus();
  await page.keyboard.press("Enter");
  await expect(menu.getByText(user.name)).toBeVisible();
  await page.keyboard.press("Escape");
  await expect(menu).toBeHidden();
  await expect(accountMenu(page)).toBeFocused();
  await page.keyboard.press("Enter");
  await page.keyboard.press("Tab");
  await expect(menu.getByRole("link", { name: "Settings" })).toBeFocused();
  await page.keyboard.press("Enter");
  await expect(page.getByRole("heading", { name: "Your profile", level: 1 })).toBeVisible();
  await expect(menu).toBeHidden();
  await accountMenu(page).click();
  await expect(menu).toBeVisible();
  await page.getByRole("heading", { name: "Your profile", level: 1 }).click();
  await expect(menu, "a click elsewhere closes the menu").toBeHidden();
  await logOut(page);
  await expect(page).toHaveURL("/");
  await expect(page.getByRole("heading", { level: 1 })).toBeFocused();
});

test("the account menu is within reach on a phone", async ({ page, user }) => {
  await page.setViewportSize({ width: 320, height: 640 });
  await signUp(page, user);
  await accountMenu(page).click();
  const menu = page.locator("#account-menu");
  await expect(menu).toBeInViewport({ ratio: 1 });
  for (const target of await menu.locator("a, button, label").all()) {
    const box = (await target.boundingBox())!;
    expect(Math.min(box.width, box.height), await target.innerText()).toBeGreaterThanOrEqual(24);
  }
});

test("the tabs of the settings are pages, and the open one is marked", async ({ page, user }) => {
  await signUp(page, user);
  await visit(page, "Profile", "Your profile");
  const tabs = page.getByRole("navigation", { name: "Settings" });
  for (const [tab, path, heading] of [["Security", "/account", "Security"], ["Sessions", "/sessions", "Your sessions"], ["Profile", "/profile", "Your profile"]] as const) {
    await tabs.getByRole("link", { name: tab }).click();
    await expect(page.getByRole("heading", { name: heading, level: 1 })).toBeVisible();
    await expect(page).toHaveURL(path);
    await expect(page.getByRole("heading", { level: 1 })).toBeFocused();
    await expect(tabs.locator("[aria-current=page]")).toHaveText(tab);
    await page.reload();
    await expect(page.getByRole("heading", { name: heading, level: 1 })).toBeVisible();
  }
});

test("the theme is chosen in the account menu, and the system's can be chosen again", async ({ page, user }) => {
  await signUp(page, user);
  await accountMenu(page).click();
  const root = page.locator("html");
  await expect(page.getByRole("radio", { name: "System" })).toBeChecked();
  for (const theme of ["Dark", "Light", "System"]) {
    await page.getByRole("radio", { name: theme }).check();
    await expect(root).toHaveAttribute("data-theme", theme === "System" ? "auto" : theme.toLowerCase());
  }
  await page.getByRole("radio", { name: "Dark" }).check();
  await open(page, "/");
  await expect(root).toHaveAttribute("data-theme", "dark");
  await accountMenu(page).click();
  await expect(page.getByRole("radio", { name: "Dark" })).toBeChecked();
});

test("a pending change of the address is shown, and can be sent again and cancelled", async ({ page, user, otherUser, request }) => {
  await signUp(page, user);
  await open(page, "/account");
  await page.getByLabel("New email").fill(otherUser.email);
  await page.getByLabel("Your password").fill(password);
  await page.getByRole("button", { name: "Change email" }).click();
  await expect(page.getByText(`We sent a link to ${otherUser.email}.`)).toBeVisible();
  const pending = page.getByText(`Waiting for ${otherUser.email}.`);
  await expect(pending).toContainText(/The link expires in \d+ (minutes|hours)/);
  await page.reload();
  await expect(pending).toBeVisible();
  const first = await linkTo(request, servers.plain.url, otherUser.email);
  await page.getByRole("button", { name: "Resend link" }).click();
  await expect(page.getByText(`We sent another link to ${otherUser.email}.`)).toBeVisible();
  const second = await linkTo(request, servers.plain.url, otherUser.email);
  expect(second).not.toBe(first);
  await page.getByRole("button", { name: "Cancel change" }).click();
  await expect(page.getByText("Email change cancelled.")).toBeVisible();
  await expect(pending).toBeHidden();
  await expect(page.getByLabel("New email")).toBeFocused();
  await open(page, second);
  await expect(page.getByRole("alert").filter({ hasText: "This link is no longer valid." })).toBeVisible();
  await expect(page.getByRole("main").getByRole("button")).toHaveCount(0);
  await open(page, "/account");
  await expect(page.locator(".current-email")).toContainText(user.email);
});

test("a guest becomes an account and keeps the posts", async ({ page, user, otherUser }) => {
  await signUp(page, otherUser);
  await logOut(page);
  await page.getByRole("button", { name: /^Try it/ }).click();
  await expect(accountMenu(page, "guest-")).toBeVisible();
  await visit(page, "Posts", "Posts");
  await page.getByRole("textbox").first().fill(`written by a guest for ${user.name}`);
  await page.getByRole("button", { name: "Post", exact: true }).click();
  await expect(page.getByRole("listitem").filter({ hasText: user.name })).toHaveCount(1);
  await visit(page, "Profile", "Your profile");
  await expect(page.getByRole("button", { name: "Save username" })).toBeHidden();
  await page.getByRole("link", { name: "Create an account and keep your posts" }).click();
  await page.getByLabel("Username").fill(otherUser.name);
  await page.getByLabel("Email").fill(user.email);
  await page.getByLabel("Password").fill(password);
  await page.getByRole("button", { name: "Create account" }).click();
  await expect(page.getByLabel("Username")).toHaveAccessibleDescription(/taken/);
  await expect(page.getByLabel("Username")).toBeFocused();
  await page.getByLabel("Username").fill(user.name);
  await page.getByRole("button", { name: "Create account" }).click();
  await expect(page.getByText(`We sent a confirmation email to ${user.email}.`)).toBeVisible();
  await expect(accountMenu(page, user.name)).toBeVisible();
  await expect(page.getByRole("heading", { name: "Security", level: 1 })).toBeFocused();
  await expect(page.getByRole("button", { name: "Change password" })).toBeVisible();
  await visit(page, "Posts", "Posts");
  const post = page.getByRole("listitem").filter({ hasText: `written by a guest for ${user.name}` });
  await expect(post.getByText(user.name, { exact: true })).toBeVisible();
  await logOut(page);
  await open(page, "/login");
  await logIn(page, user);
});

test("a user with a generated name is asked to choose one", async ({ page, user }) => {
  await requestLink(page, user.email);
  await openMail(page, user.email, "login link");
  await page.getByRole("main").getByRole("button").first().click();
  await expect(accountMenu(page, "member-")).toBeVisible();
  await open(page, "/account");
  await expect(page.getByRole("button", { name: "Set a password" })).toBeVisible();
  await page.getByRole("link", { name: "Choose your own" }).click();
  await page.getByLabel("Username", { exact: true }).fill(user.name);
  await page.getByRole("button", { name: "Save username" }).click();
  await expect(accountMenu(page, user.name)).toBeVisible();
  await expect(page.getByRole("link", { name: "Choose your own" })).toBeHidden();
});
