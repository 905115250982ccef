// What all forms have in common: focus, errors, the passwords that they show, and texts that go on to the next page.
import { accountMenu, expect, leaveWelcome, logIn, logOut, open, password, signUp, test } from "../fixtures.js";
import { linkTo, openMail, requestLink } from "../mail.js";
import { servers } from "../servers.js";

test.use({ baseURL: servers.plain.url });

const limited = (seconds: number) => ({
  status: 429,
  contentType: "application/problem+json",
  body: JSON.stringify({
    status: 429, code: "rate_limited", retry_after: seconds, detail: `Too many attempts. Try again in ${seconds} seconds.`,
  }),
});

test("the first field has the focus when a page is loaded, and after a navigation", async ({ page }) => {
  for (const [path, label] of [["/login", "Username or email"], ["/signup", "Username"], ["/magic", "Email"], ["/forgot", "Email"]] as const) {
    await open(page, path);
    await expect(page.getByLabel(label)).toBeFocused();
  }
  await open(page, "/");
  await page.getByRole("banner").getByRole("link", { name: "Log in" }).click();
  await expect(page.getByLabel("Username or email")).toBeFocused();
});

test("an empty form says what to enter, and sends nothing", async ({ page, traffic }) => {
  await open(page, "/login");
  traffic.clear();
  await page.getByRole("button", { name: "Log in" }).click();
  await expect(page.getByLabel("Username or email")).toHaveAccessibleDescription("Enter your username or email.");
  await expect(page.getByLabel("Password")).toHaveAccessibleDescription("Enter your password.");
  await expect(page.getByRole("alert").getByText("Please fix the highlighted fields.")).toBeVisible();
  await expect(page.getByLabel("Username or email")).toBeFocused();
  await page.getByLabel("Username or email").fill("ada");
  await expect(page.getByLabel("Username or email")).toHaveAttribute("aria-invalid", "false");
  expect(traffic.lines()).toEqual([]);
});

test("a field is checked when the user leaves it after a change, and while an error is shown", async ({ page }) => {
  await open(page, "/signup");
  const [username, email] = [page.getByLabel("Username"), page.getByLabel("Email")];
  await email.focus();
  await username.focus();
  await expect(email).toHaveAttribute("aria-invalid", "false");
  await username.fill("a");
  await expect(username).toHaveAttribute("aria-invalid", "false");
  await email.fill("nowhere");
  await expect(username).toHaveAccessibleDescription(/Username must be 3–32 characters\./);
  await page.getByLabel("Password").focus();
  await expect(email).toHaveAccessibleDescription("Enter a valid email address.");
  await username.fill("a name");
  await expect(username).toHaveAccessibleDescription(/Use only letters, numbers, dots, hyphens, and underscores\./);
  await username.fill("ada");
  await expect(username).toHaveAttribute("aria-invalid", "false");
  await email.fill("");
  await expect(email).toHaveAccessibleDescription("Enter your email.");
  await expect(page.getByRole("alert").filter({ hasText: "highlighted" })).toHaveCount(0);
});

test("a field without an error takes no space for one", async ({ page }) => {
  await open(page, "/login");
  const [upper, lower] = await page.locator(".field").evaluateAll((fields) => fields.map((field) => field.getBoundingClientRect()));
  expect(lower!.top - upper!.bottom).toBeLessThan(24);
});

test("a password can be shown", async ({ page }) => {
  await open(page, "/login");
  const field = page.getByLabel("Password");
  const toggle = page.getByRole("button", { name: "Show password" });
  await field.fill(password);
  await expect(toggle).toHaveAttribute("aria-pressed", "false");
  await toggle.click();
  await expect(toggle).toHaveAttribute("aria-pressed", "true");
  await expect(field).toHaveAttribute("type", "text");
  await expect(field).toHaveValue(password);
  await toggle.click();
  await expect(field).toHaveAttribute("type", "password");
});

test("inputs are no wider than what is typed into them", async ({ page, user }) => {
  await page.setViewportSize({ width: 1280, height: 800 });
  await signUp(page, user);
  for (const path of ["/login?stay", "/signup?stay", "/account"]) {
    await open(page, path);
    await expect(page.locator("main input:visible").first()).toBeVisible();
    const widths = await page.locator("main .field input:visible").evaluateAll((inputs) => inputs.map((input) => input.clientWidth));
    expect(Math.max(...widths)).toBeLessThan(480);
  }
});

test("a login that is limited says for how long, and counts down", async ({ page, user }) => {
  await page.clock.install();
  await page.route("**/auth/log_in", (route) => route.fulfill(limited(40)));
  await open(page, "/login");
  await page.getByLabel("Username or email").fill(user.name);
  await page.getByLabel("Password").fill(password);
  await page.getByRole("button", { name: "Log in" }).click();
  const notice = page.getByRole("alert").getByRole("timer");
  await expect(notice).toHaveText(/^Too many attempts\. Try again in (40|39) seconds\.$/);
  await page.clock.runFor(10_000);
  await expect(notice).toHaveText(/^Too many attempts\. Try again in (30|29) seconds\.$/);
  await page.clock.runFor(31_000);
  await expect(notice).toHaveText("You can try again now.");
});

test("a new user is greeted, and can have the link sent again, with a countdown if that is limited", async ({ page, user }) => {
  await page.clock.install();
  await open(page, "/signup?next=/posts");
  await page.getByLabel("Username").fill(user.name);
  await page.getByLabel("Email").fill(user.email);
  await page.getByLabel("Password").fill(password);
  await page.getByRole("main").getByRole("button", { name: "Sign up" }).click();
  await expect(page.getByRole("heading", { name: `Welcome, ${user.name}!` })).toBeFocused();
  await expect(page.getByRole("main").getByText(user.email)).toBeVisible();
  await page.getByRole("button", { name: "Resend email" }).click();
  await expect(page.getByRole("status").getByText("We sent the link again.")).toBeVisible();
  await page.route("**/api/account/email/confirmation", (route) => route.fulfill(limited(30)), { times: 1 });
  await page.getByRole("button", { name: "Resend email" }).click();
  const waiting = page.getByRole("button", { name: /^Resend in \d+ s$/ });
  await expect(waiting).toHaveAttribute("aria-disabled", "true");
  await page.clock.runFor(31_000);
  await expect(page.getByRole("button", { name: "Resend email" })).toHaveAttribute("aria-disabled", "false");
  await leaveWelcome(page, user.name);
  await expect(page).toHaveURL("/posts");
});

test("an address with an account is offered to log in, and stays typed", async ({ page, user }) => {
  await signUp(page, user);
  await logOut(page);
  await expect(accountMenu(page)).toBeHidden();
  await open(page, "/signup");
  await page.getByLabel("Username").fill(`${user.name}x`);
  await page.getByLabel("Email").fill(user.email);
  await page.getByLabel("Password").fill(password);
  await page.getByRole("main").getByRole("button", { name: "Sign up" }).click();
  await expect(page.getByLabel("Email")).toHaveAccessibleDescription("That email already has an account.");
  await page.getByRole("link", { name: "Log in instead" }).click();
  await expect(page.getByLabel("Username or email")).toHaveValue(user.email);
});

test("the typed address goes on to the pages that send a link, and is in no URL and no storage", async ({ page, user }) => {
  await open(page, "/login");
  await page.getByLabel("Username or email").fill("ada");
  await page.getByRole("link", { name: "Email me a login link" }).click();
  await expect(page.getByLabel("Email")).toHaveValue("");
  await page.getByRole("link", { name: "Use your password instead" }).click();
  await expect(page.getByLabel("Username or email")).toHaveValue("ada");
  await page.getByLabel("Username or email").fill(user.email);
  await page.getByRole("link", { name: "Forgot your password?" }).click();
  await expect(page.getByLabel("Email")).toHaveValue(user.email);
  const stored = await page.evaluate(() => JSON.stringify([{ ...localStorage }, { ...sessionStorage }, history.state, location.href]));
  expect(stored).not.toContain(user.email);
});

test("the requested page survives a login by e-mail link in another tab", async ({ page, context, user, request }) => {
  await open(page, "/login?next=/posts");
  await page.getByRole("link", { name: "Email me a login link" }).click();
  await expect(page).toHaveURL("/magic?next=/posts");
  await page.getByLabel("Email").fill(user.email);
  await page.getByRole("button", { name: "Send link" }).click();
  await expect(page.getByRole("heading", { name: "Check your email" })).toBeFocused();
  await expect(page.getByText(`We sent a link to ${user.email}.`)).toBeVisible();
  const tab = await context.newPage();
  await open(tab, await linkTo(request, servers.plain.url, user.email));
  await tab.getByRole("button", { name: "Log in" }).click();
  await expect(tab).toHaveURL("/posts");
  await expect(page).toHaveURL("/posts");
  expect(await tab.evaluate(() => localStorage.length)).toBe(0);
});

test("the requested page survives a password reset", async ({ page, user }) => {
  await signUp(page, user);
  await logOut(page);
  await expect(accountMenu(page)).toBeHidden();
  await open(page, "/login?next=/profile");
  await page.getByLabel("Username or email").fill(user.email);
  await page.getByRole("link", { name: "Forgot your password?" }).click();
  await page.getByRole("button", { name: "Send link" }).click();
  await expect(page.getByRole("heading", { name: "Check your email" })).toBeVisible();
  await openMail(page, user.email, "Reset your password");
  await expect(page.getByRole("main").getByText(`This changes the password of ${user.name}.`)).toBeVisible();
  await expect(page.locator("input[autocomplete=username]")).toHaveValue(user.name);
  await page.getByLabel("New password").fill(password);
  await page.getByRole("button", { name: "Change password" }).click();
  await expect(page.getByText("Password changed.")).toBeFocused();
  await page.getByRole("main").getByRole("link", { name: "Log in" }).click();
  await expect(page).toHaveURL("/login?next=/profile");
  await logIn(page, user);
  await expect(page).toHaveURL("/profile");
});

test("a link that can't be used says so at once, and offers the next step", async ({ page, user, request }) => {
  await signUp(page, user);
  await logOut(page);
  await expect(accountMenu(page)).toBeHidden();
  const reset = async () => {
    await request.post(`${servers.plain.url}/auth/send_password_reset`, { data: { email: user.email }, headers: { Origin: servers.plain.url } });
    return linkTo(request, servers.plain.url, user.email);
  };
  const [first, second] = [await reset(), await reset()];
  await open(page, first);
  await expect(page.getByLabel("New password")).toBeFocused();
  await page.getByLabel("New password").fill("a new and good phrase");
  await page.getByRole("button", { name: "Change password" }).click();
  await expect(page.getByText("Password changed.")).toBeVisible();
  const cases = [
    [first, "This link has already been used.", "Request a new link", "/forgot"],
    [second, "This link is no longer valid.", "Request a new link", "/forgot"],
    ["/reset/hsm_x", "This link is incomplete or invalid.", "Request a new link", "/forgot"],
    ["/magic/hsm_x", "This link is incomplete or invalid.", "Request a new link", "/magic"],
    ["/confirm/hsm_x", "This link is incomplete or invalid.", "Go to your account", "/login?next=/account"],
    ["/undo/hsm_x", "This link is incomplete or invalid.", "Check your account", "/login?next=/account"],
  ] as const;
  for (const [path, reason, step, next] of cases) {
    await open(page, path);
    await expect(page.getByRole("heading", { name: "This link can't be used" })).toBeVisible();
    await expect(page.getByRole("alert").filter({ hasText: reason })).toBeVisible();
    await expect(page.getByRole("main").locator("input")).toHaveCount(0);
    await page.getByRole("link", { name: step }).click();
    await expect(page).toHaveURL(next);
  }
});

test("a server that can't check a link leaves its form usable", async ({ page, user, request }) => {
  await requestLink(page, user.email);
  await page.route("**/auth/check_link", (route) => route.fulfill(limited(40)));
  await open(page, await linkTo(request, servers.plain.url, user.email));
  await page.getByRole("button", { name: "Log in" }).click();
  await expect(accountMenu(page, "member-")).toBeVisible();
});
