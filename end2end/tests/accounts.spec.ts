import { expect, open, password, signUp, test, visit } from "../fixtures.js";

test("sign up, log out, log in", async ({ page, person, wire }) => {
  await signUp(page, person);
  await expect(page).toHaveURL("/");
  await expect(page.getByRole("figure", { name: "Your ticket" }).getByText(person.name)).toBeVisible();

  await page.getByRole("button", { name: "Log out", exact: true }).click();
  await expect(page.getByText("You are logged out.")).toBeVisible();
  await expect(page.getByRole("button", { name: "Log out", exact: true })).toBeHidden();
  await expect.poll(() => wire.lines()).toContain("POST /auth/log_out 200");

  await page.getByRole("banner").getByRole("link", { name: "Log in" }).click();
  await page.getByLabel("User name or e-mail").fill(person.email);
  await page.getByLabel("Password").fill(password);
  wire.clear();
  await page.getByLabel("Password").press("Enter");
  await expect(page.getByRole("button", { name: "Log out", exact: true })).toBeVisible();
  expect(wire.lines()).toEqual(["POST /auth/log_in 200"]);
});

test("errors of a sign-up stand beside their fields and take the focus", async ({ page, person }) => {
  await signUp(page, person);
  await page.getByRole("button", { name: "Log out", exact: true }).click();
  await page.getByRole("banner").getByRole("link", { name: "Sign up" }).click();
  await expect(page.getByRole("heading", { name: "Sign up", level: 1 })).toBeVisible();
  await page.getByLabel("User name").fill(person.name.toUpperCase());
  await page.getByLabel("E-mail").fill("nowhere");
  await page.getByLabel("Password").fill("short");
  await page.getByRole("button", { name: "Sign up" }).click();
  await expect(page.getByText("This is not an e-mail address.")).toBeVisible();
  await expect(page.getByText("A password has 8 characters or more.")).toBeVisible();
  await expect(page.getByLabel("E-mail")).toBeFocused();
  await expect(page.getByLabel("E-mail")).toHaveAccessibleDescription(/not an e-mail address/);
  await expect(page.getByLabel("E-mail")).toHaveAttribute("aria-invalid", "true");
  await expect(page.getByLabel("User name")).toHaveAttribute("aria-invalid", "false");
  await page.getByLabel("E-mail").fill(`other-${person.email}`);
  await page.getByLabel("Password").fill(password);
  await page.getByRole("button", { name: "Sign up" }).click();
  await expect(page.getByText("This user name is taken.")).toBeVisible();
  await expect(page.getByLabel("User name")).toBeFocused();
});

test("a wrong password says so and keeps the name", async ({ page, person }) => {
  await open(page, "/login");
  await page.getByLabel("User name or e-mail").fill(person.name);
  await page.getByLabel("Password").fill("not the password");
  await page.getByRole("button", { name: "Log in" }).click();
  await expect(page.getByRole("alert").getByText("The user name or the password is wrong.")).toBeVisible();
  await expect(page.getByLabel("User name or e-mail")).toHaveValue(person.name);
  await expect(page.getByLabel("Password")).toBeFocused();
});

test("a double submit makes one account", async ({ page, person }) => {
  const sent: string[] = [];
  page.on("request", (request) => {
    if (request.url().endsWith("/auth/sign_up")) sent.push(request.method());
  });
  await open(page, "/signup");
  await page.getByLabel("User name").fill(person.name);
  await page.getByLabel("E-mail").fill(person.email);
  await page.getByLabel("Password").fill(password);
  await page.getByRole("button", { name: "Sign up" }).evaluate((button: HTMLButtonElement) => {
    button.click();
    button.click();
  });
  await expect(page.getByRole("button", { name: "Log out", exact: true })).toBeVisible();
  // A second one would wait for its turn, and be sent before the profile is asked for.
  await visit(page, "Profile", "Your profile");
  await expect(page.getByText(person.email)).toBeVisible();
  expect(sent).toEqual(["POST"]);
});

test("one click tries it with a guest account", async ({ page, wire }) => {
  await open(page, "/");
  await page.getByRole("button", { name: "Try it" }).click();
  await expect(page.getByText(/^guest-/).first()).toBeVisible();
  await page.getByRole("link", { name: "Read and write posts" }).click();
  await expect(page.getByRole("heading", { name: "Posts", level: 1 })).toBeVisible();
  await expect.poll(() => wire.lines()).toContain("GET /api/posts 200");
});

test("log out everywhere ends the other browser too", async ({ page, browser, person, baseURL }) => {
  await signUp(page, person);
  const other = await (await browser.newContext({ baseURL })).newPage();
  await open(other, "/login?next=/profile");
  await other.getByLabel("User name or e-mail").fill(person.name);
  await other.getByLabel("Password").fill(password);
  await other.getByRole("button", { name: "Log in" }).click();
  await expect(other.getByRole("heading", { name: "Your profile" })).toBeVisible();

  await visit(page, "Profile", "Your profile");
  await page.getByRole("button", { name: "Log out everywhere" }).click();
  await expect(page.getByText("You are logged out.")).toBeVisible();

  await other.getByRole("button", { name: "Load again" }).click();
  await expect(other.getByText("You logged out everywhere. Please log in again.")).toBeVisible();
  await expect(other).toHaveURL("/login?next=/profile");
  await other.context().close();
});
