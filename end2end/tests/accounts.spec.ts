import { accountMenu, answerDialog, expect, leaveWelcome, logOut, open, otherBrowser, password, signUp, test, visit } from "../fixtures.js";

test("sign up, log out, log in", async ({ page, user, traffic }) => {
  await signUp(page, user);
  await expect(page).toHaveURL("/");
  await expect(page.getByRole("figure", { name: "Your ticket" }).getByText(user.name)).toBeVisible();

  await logOut(page);
  await expect(page.getByText("You're logged out.")).toBeVisible();
  await expect(accountMenu(page)).toBeHidden();
  await expect.poll(() => traffic.lines()).toContain("POST /auth/log_out 200");

  await page.getByRole("banner").getByRole("link", { name: "Log in" }).click();
  await page.getByLabel("Username or email").fill(user.email);
  await page.getByLabel("Password").fill(password);
  traffic.clear();
  await page.getByLabel("Password").press("Enter");
  await expect(accountMenu(page)).toBeVisible();
  expect(traffic.lines().filter((line) => line.startsWith("POST"))).toEqual(["POST /auth/log_in 200"]);
});

test("errors of a sign-up are shown at their fields and focus the first of them", async ({ page, user }) => {
  await signUp(page, user);
  await logOut(page);
  await page.getByRole("banner").getByRole("link", { name: "Sign up" }).click();
  await expect(page.getByRole("heading", { name: "Sign up", level: 1 })).toBeVisible();
  await page.getByLabel("Username").fill(user.name.toUpperCase());
  await page.getByLabel("Email").fill("nowhere");
  await page.getByLabel("Password").fill("short");
  await page.getByRole("button", { name: "Sign up" }).click();
  await expect(page.getByText("Enter a valid email address.")).toBeVisible();
  await expect(page.getByText("Use at least 8 characters.")).toBeVisible();
  await expect(page.getByLabel("Email")).toBeFocused();
  await expect(page.getByLabel("Email")).toHaveAccessibleDescription(/Enter a valid email address/);
  await expect(page.getByLabel("Email")).toHaveAttribute("aria-invalid", "true");
  await expect(page.getByLabel("Username")).toHaveAttribute("aria-invalid", "false");
  await page.getByLabel("Email").fill(`other-${user.email}`);
  await page.getByLabel("Password").fill(password);
  await page.getByRole("button", { name: "Sign up" }).click();
  await expect(page.getByText("That username is taken. Try another one.")).toBeVisible();
  await expect(page.getByLabel("Username")).toBeFocused();
});

test("a wrong password shows an error and keeps the user name", async ({ page, user }) => {
  await open(page, "/login");
  await page.getByLabel("Username or email").fill(user.name);
  await page.getByLabel("Password").fill("not the password");
  await page.getByRole("button", { name: "Log in" }).click();
  await expect(page.getByRole("alert").getByText("Wrong username or password.")).toBeVisible();
  await expect(page.getByLabel("Username or email")).toHaveValue(user.name);
  await expect(page.getByLabel("Password")).toBeFocused();
});

test("a double submit creates one account", async ({ page, user }) => {
  const sent: string[] = [];
  page.on("request", (request) => {
    if (request.url().endsWith("/auth/sign_up")) sent.push(request.method());
  });
  await open(page, "/signup");
  await page.getByLabel("Username").fill(user.name);
  await page.getByLabel("Email").fill(user.email);
  await page.getByLabel("Password").fill(password);
  await page.getByRole("button", { name: "Sign up" }).evaluate((button: HTMLButtonElement) => {
    button.click();
    button.click();
  });
  await leaveWelcome(page, user.name);
  // A second sign-up would be queued, and sent before the request for the profile.
  await visit(page, "Profile", "Your profile");
  await expect(page.getByText(user.email)).toBeVisible();
  expect(sent).toEqual(["POST"]);
});

test("one click creates a guest account", async ({ page, traffic }) => {
  await open(page, "/");
  await page.getByRole("button", { name: "Try it as a guest" }).click();
  await expect(accountMenu(page, "guest-")).toBeVisible();
  await page.getByRole("link", { name: "Write a post" }).click();
  await expect(page.getByRole("heading", { name: "Posts", level: 1 })).toBeVisible();
  await expect.poll(() => traffic.lines()).toContain("GET /api/posts 200");
});

test("logging out everywhere ends the session of another browser too", async ({ page, browser, user, baseURL }) => {
  await signUp(page, user);
  const other = await otherBrowser(browser, baseURL);
  await open(other, "/login?next=/profile");
  await other.getByLabel("Username or email").fill(user.name);
  await other.getByLabel("Password").fill(password);
  await other.getByRole("button", { name: "Log in" }).click();
  await expect(other.getByRole("heading", { name: "Your profile" })).toBeVisible();

  await page.bringToFront();
  await visit(page, "Sessions", "Your sessions");
  const button = page.getByRole("main").getByRole("button", { name: "Log out everywhere" });
  const dialog = page.getByRole("dialog", { name: "Log out everywhere?" });
  await button.click();
  await expect(dialog.getByText("on all devices, including this one")).toBeVisible();
  await page.keyboard.press("Escape");
  await expect(dialog).toBeHidden();
  await expect(button).toBeFocused();
  await button.click();
  await answerDialog(page, "Log out everywhere?", "Log out everywhere");
  await expect(page.getByText("You're logged out.")).toBeVisible();
  await expect(page.getByRole("heading", { level: 1 })).toBeFocused();

  await other.getByRole("button", { name: "Reload" }).click();
  await expect(other.getByText("You logged out everywhere. Please log in again.")).toBeVisible();
  await expect(other).toHaveURL("/login?next=/profile");
  await other.context().close();
});
