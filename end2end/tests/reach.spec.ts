// One failing request is not a dead network, and a proxy with a login of its own is neither.
import { awake, expect, open, signUp, test, visit } from "../fixtures.js";
import { servers } from "../servers.js";

test.use({ baseURL: servers.plain.url });

const outOfReach = "The server is out of reach.";

test("a request that a content blocker blocks fails alone", async ({ page, person }) => {
  await signUp(page, person);
  let asked = 0;
  let refreshed = 0;
  await page.route("**/api/events", (route) => {
    asked++;
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
  }, outOfReach);
  await visit(page, "Sessions", "Your sessions");
  const failed = page.getByRole("alert").filter({ hasText: "This request was not answered, while others were." });
  await expect(failed).toBeVisible();
  await expect(page.getByRole("list", { name: /^Sessions/ }).getByRole("listitem")).toHaveCount(1);
  expect(asked).toBe(2);
  await failed.getByRole("button", { name: "Try again" }).click();
  await expect.poll(() => asked).toBe(3);
  await expect(failed).toBeVisible();
  expect(refreshed).toBeLessThanOrEqual(1);
  await expect(page.locator("html[data-seen]")).toHaveCount(0);
  await page.unroute("**/api/events");
  await failed.getByRole("button", { name: "Try again" }).click();
  await expect(failed).toBeHidden();
  await expect(page.getByRole("list", { name: /^Events/ }).getByRole("listitem")).not.toHaveCount(0);
});

test("a server that can't be reached again and again is said so, with a load of the page", async ({ page, person }) => {
  await signUp(page, person);
  await visit(page, "Profile", "Your profile");
  await expect(page.getByText(person.email)).toBeVisible();
  let isAway = true;
  for (const pattern of ["**/auth/refresh", "**/api/**"]) {
    await page.route(pattern, (route) => (isAway ? route.abort() : route.continue()));
  }
  page.on("request", (request) => {
    if (request.isNavigationRequest()) isAway = false;
  });
  await page.getByRole("button", { name: "Load again" }).click();
  const notice = page.getByRole("status").filter({ hasText: outOfReach });
  await expect(notice).toContainText("You are still logged in. We keep trying.");
  await notice.getByRole("link", { name: "Load the page" }).click();
  await awake(page);
  await expect(page.getByText(person.email)).toBeVisible();
  await expect(notice).toBeHidden();
});

test("a proxy that redirects to its login is named, and a load of the page is offered at once", { tag: "@fulfilled-redirect" }, async ({ page, person }) => {
  await signUp(page, person);
  await visit(page, "Profile", "Your profile");
  await expect(page.getByText(person.email)).toBeVisible();
  let isLoggedInAtProxy = false;
  for (const pattern of ["**/auth/refresh", "**/api/**"]) {
    await page.route(pattern, (route) =>
      isLoggedInAtProxy ? route.continue() : route.fulfill({ status: 302, headers: { location: "https://login.example/" } }),
    );
  }
  page.on("request", (request) => {
    if (request.isNavigationRequest()) isLoggedInAtProxy = true;
  });
  await page.getByRole("button", { name: "Load again" }).click();
  const notice = page.getByRole("status").filter({ hasText: "A server in front of this site asks for a login of its own." });
  await expect(notice).toContainText("You are still logged in.");
  await notice.getByRole("link", { name: "Load the page" }).click();
  await awake(page);
  await expect(page.getByText(person.email)).toBeVisible();
  await expect(notice).toBeHidden();
});

test("a login that meets such a proxy says so", { tag: "@fulfilled-redirect" }, async ({ page, person }) => {
  await open(page, "/login");
  await page.route("**/auth/log_in", (route) => route.fulfill({ status: 302, headers: { location: "https://login.example/" } }));
  await page.getByLabel("User name or e-mail").fill(person.name);
  await page.getByLabel("Password").fill("correct horse battery");
  await page.getByRole("button", { name: "Log in" }).click();
  await expect(page.getByRole("alert").filter({ hasText: "asks for a login of its own" })).toBeVisible();
});
