// One failing request does not mean that the server is unreachable, and neither does a proxy with its own login.
import { expect, open, signUp, test, visit, waitUntilReady } from "../fixtures.js";
import { servers } from "../servers.js";

test.use({ baseURL: servers.plain.url });

const unreachable = "Can't reach the server.";

test("a request that a content blocker blocks causes no notice for the page", async ({ page, user }) => {
  await signUp(page, user);
  let count = 0;
  let refreshed = 0;
  await page.route("**/api/events", (route) => {
    count++;
    return route.abort("blockedbyclient");
  });
  page.on("request", (request) => {
    if (request.url().endsWith("/auth/refresh")) refreshed++;
  });
  // The notice for the whole page must not appear for a moment either.
  await page.evaluate((text) => {
    const seen = () => document.body.innerText.includes(text);
    const record = () => seen() && document.documentElement.setAttribute("data-seen", "true");
    new MutationObserver(record).observe(document.body, { subtree: true, childList: true, characterData: true });
  }, unreachable);
  await visit(page, "Sessions", "Your sessions");
  const failed = page.getByRole("alert").filter({ hasText: "This request was not answered, while others were." });
  await expect(failed).toBeVisible();
  await expect(page.getByRole("list", { name: /^Sessions/ }).getByRole("listitem")).toHaveCount(1);
  expect(count).toBe(2);
  await failed.getByRole("button", { name: "Try again" }).click();
  await expect.poll(() => count).toBe(3);
  await expect(failed).toBeVisible();
  expect(refreshed).toBeLessThanOrEqual(1);
  await expect(page.locator("html[data-seen]")).toHaveCount(0);
  await page.unroute("**/api/events");
  await failed.getByRole("button", { name: "Try again" }).click();
  await expect(failed).toBeHidden();
  await expect(page.getByRole("list", { name: /^Events/ }).getByRole("listitem")).not.toHaveCount(0);
});

test("an unreachable server is reported, with a link that loads the page again", async ({ page, user }) => {
  await signUp(page, user);
  await visit(page, "Profile", "Your profile");
  await expect(page.getByText(user.email)).toBeVisible();
  let isAway = true;
  for (const pattern of ["**/auth/refresh", "**/api/**"]) {
    await page.route(pattern, (route) => (isAway ? route.abort() : route.continue()));
  }
  page.on("request", (request) => {
    if (request.isNavigationRequest()) isAway = false;
  });
  await page.getByRole("button", { name: "Reload" }).click();
  const notice = page.getByRole("status").filter({ hasText: unreachable });
  await expect(notice).toContainText("You're still logged in. Retrying…");
  await notice.getByRole("link", { name: "Reload the page" }).click();
  await waitUntilReady(page);
  await expect(page.getByText(user.email)).toBeVisible();
  await expect(notice).toBeHidden();
});

test("a proxy that redirects to its own login is reported, with a link that loads the page again", { tag: "@fulfilled-redirect" }, async ({ page, user }) => {
  await signUp(page, user);
  await visit(page, "Profile", "Your profile");
  await expect(page.getByText(user.email)).toBeVisible();
  let isLoggedInAtProxy = false;
  for (const pattern of ["**/auth/refresh", "**/api/**"]) {
    await page.route(pattern, (route) =>
      isLoggedInAtProxy ? route.continue() : route.fulfill({ status: 302, headers: { location: "https://login.example/" } }),
    );
  }
  page.on("request", (request) => {
    if (request.isNavigationRequest()) isLoggedInAtProxy = true;
  });
  await page.getByRole("button", { name: "Reload" }).click();
  const notice = page.getByRole("status").filter({ hasText: "A proxy in front of this site asks for its own login." });
  await expect(notice).toContainText("You're still logged in.");
  await notice.getByRole("link", { name: "Load the page" }).click();
  await waitUntilReady(page);
  await expect(page.getByText(user.email)).toBeVisible();
  await expect(notice).toBeHidden();
});

test("a login that a proxy redirects to its own login reports it", { tag: "@fulfilled-redirect" }, async ({ page, user }) => {
  await open(page, "/login");
  await page.route("**/auth/log_in", (route) => route.fulfill({ status: 302, headers: { location: "https://login.example/" } }));
  await page.getByLabel("Username or email").fill(user.name);
  await page.getByLabel("Password").fill("correct horse battery");
  await page.getByRole("button", { name: "Log in" }).click();
  await expect(page.getByRole("alert").filter({ hasText: "asks for its own login" })).toBeVisible();
});
