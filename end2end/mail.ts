// The e-mails that a server has sent, read from its outbox.
import { expect, type APIRequestContext, type Page } from "@playwright/test";
import { open } from "./fixtures.js";
import { outboxKey } from "./servers.js";

/** Opens the outbox of a server for these requests and returns all e-mails, newest first. */
export async function outbox(request: APIRequestContext, url: string) {
  await request.post(`${url}/auth/open_outbox`, { data: { key: outboxKey }, headers: { Origin: url } });
  const { mails } = await (await request.get(`${url}/api/outbox`)).json();
  return mails as { to: string; subject: string; text: string; link: string }[];
}

/** The URL in the newest e-mail to this address. */
export async function linkTo(request: APIRequestContext, url: string, to: string) {
  return (await outbox(request, url)).find((mail) => mail.to === to)!.link;
}

/** Finds the newest e-mail with this subject on the outbox page, and opens its link in this tab instead of a new one. */
export async function openMail(page: Page, to: string, subject: string) {
  await open(page, `/outbox#${outboxKey}`);
  const mail = page.getByRole("listitem").filter({ hasText: to }).filter({ hasText: subject });
  const link = mail.first().getByRole("link", { name: "Open the link" });
  await expect(link).toHaveAttribute("target", "_blank");
  await open(page, (await link.getAttribute("href"))!);
}

/** Requests a link on one of the pages for it. */
export async function requestLink(page: Page, email: string, path = "/magic") {
  await open(page, path);
  await page.getByLabel("Email").fill(email);
  await page.getByRole("button", { name: "Send link" }).click();
  await expect(page.getByText("Check your email")).toBeVisible();
}
