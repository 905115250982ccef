// The outbox of a demo.
import { expect, open, test } from "../fixtures.js";
import { linkTo, requestLink } from "../mail.js";
import { outboxKey, servers } from "../servers.js";

test.use({ baseURL: servers.plain.url });

test("new mail appears while the outbox is open, with sender, recipient and time, and its link once", async ({ page, context, user }) => {
  await open(page, `/outbox#${outboxKey}`);
  await expect(page.getByText("Messages appear here for 24 hours.")).toBeVisible();
  const mail = page.getByRole("listitem").filter({ hasText: user.email });
  await expect(mail).toHaveCount(0);
  const other = await context.newPage();
  await requestLink(other, user.email);
  const link = await linkTo(context.request, servers.plain.url, user.email);
  await expect(mail).toHaveCount(1);
  await expect(mail.getByText("Handstamp <no-reply@localhost>")).toBeVisible();
  await expect(mail.locator("time")).toHaveText(/^(now|\d+ (second|minute)s? ago)$/);
  expect((await mail.innerText()).split(link)).toHaveLength(2);
});

test("a link opens in a new tab, and is marked once it was used", async ({ page, user }) => {
  await requestLink(page, user.email);
  await open(page, `/outbox#${outboxKey}`);
  const mail = page.getByRole("listitem").filter({ hasText: user.email });
  await expect(mail.getByText("Link used")).toHaveCount(0);
  const opened = page.waitForEvent("popup");
  await mail.getByRole("link", { name: "Open the link" }).click();
  const tab = await opened;
  await tab.getByRole("main").getByRole("button", { name: "Log in" }).click();
  await expect(tab.getByRole("heading", { level: 1, name: "Hello" })).toBeVisible();
  await expect(page).toHaveURL("/outbox");
  await page.bringToFront();
  await expect(mail.getByText("Link used")).toBeVisible();
});
