// The example app of the guide (`docs/integrate.md`, `examples/notes`).
import { expect, test, waitUntilExpired } from "../fixtures.js";
import { linkTo } from "../mail.js";
import { servers } from "../servers.js";

test.use({ baseURL: servers.notes.url });

test("the example app of the guide signs up, stores notes, confirms the address and logs out", async ({ page, traffic, request }) => {
  const name = `ada-${Date.now().toString(36)}`;
  await page.goto("/");
  await page.getByLabel("User name").fill(name);
  await page.getByLabel("E-mail address, to sign up").fill(`${name}@example.org`);
  await page.getByLabel("Password").fill("short");
  await page.getByRole("button", { name: "Sign up" }).click();
  await expect(page.getByRole("status")).toHaveText(/^password: /);
  await page.getByLabel("Password").fill("a horse that reads maps");
  await page.getByRole("button", { name: "Sign up" }).click();
  await expect(page.getByText(`The notes of ${name}`)).toBeVisible();

  await page.getByLabel("A note").fill("Buy stamps.");
  await page.getByRole("button", { name: "Write" }).click();
  await expect(page.getByRole("listitem")).toHaveText(["Buy stamps."]);
  await waitUntilExpired(page, request, traffic.token(), 2);
  await page.getByLabel("A note").fill("Sell stamps.");
  await page.getByRole("button", { name: "Write" }).click();
  await expect(page.getByRole("listitem")).toHaveText(["Sell stamps.", "Buy stamps."]);

  await page.reload();
  await expect(page.getByRole("listitem")).toHaveText(["Sell stamps.", "Buy stamps."]);
  // The link confirms on a click, not when it is opened.
  await page.goto(await linkTo(request, servers.notes.url, `${name}@example.org`));
  await page.getByRole("button", { name: "Confirm the address" }).click();
  await expect(page.getByRole("status")).toHaveText("The address is confirmed.");
  await page.getByRole("link", { name: "The notes" }).click();
  await page.getByRole("button", { name: "Log out" }).click();
  await expect(page.getByRole("button", { name: "Log in" })).toBeVisible();
});
