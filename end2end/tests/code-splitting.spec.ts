// The program comes in several files: that of `/` and `/login` first, that of the others when the page is awake.
import { awake, expect, expectOnlyFailedLoads, gate, open, password, signUp, test } from "../fixtures.js";
import { isDevelopmentBuild } from "../servers.js";

const file = /\/pkg\/split_pages\..*\.wasm$/;

test("the pages that are fetched ahead open without a network", async ({ page, context }) => {
  const fetched = page.waitForResponse(file);
  await open(page, "/");
  await (await fetched).finished();
  await context.setOffline(true);
  await page.getByRole("banner").getByRole("link", { name: "Sign up" }).click();
  await expect(page.getByRole("heading", { name: "Sign up", level: 1 })).toBeVisible();
  await expect(page.locator("main")).toHaveAttribute("aria-busy", "false");
});

test("a page that can't be fetched says so, stays where it is without a network, and opens when it can", async ({ page, context, noise }) => {
  await page.route(file, (route) => route.abort());
  await open(page, "/");
  await page.getByRole("banner").getByRole("link", { name: "Sign up" }).click();
  const failed = page.getByRole("heading", { name: "This page did not load" });
  await expect(failed).toBeVisible();
  await expect(page).toHaveURL("/signup");
  await context.setOffline(true);
  await page.getByRole("button", { name: "Try again" }).click();
  await expect(page.getByRole("alert").filter({ hasText: "The server is out of reach." })).toBeVisible();
  await expect(failed).toBeVisible();
  await context.setOffline(false);
  await page.unroute(file);
  await page.getByRole("button", { name: "Try again" }).click();
  await expect(page.getByRole("heading", { name: "Sign up", level: 1 })).toBeVisible();
  await awake(page);
  expectOnlyFailedLoads(noise);
});

test("a browser that wrongly says that there is no network keeps no user from trying again", async ({ page, noise }) => {
  await page.addInitScript(() => Object.defineProperty(Navigator.prototype, "onLine", { get: () => false }));
  await page.route(file, (route) => route.abort());
  await open(page, "/");
  await page.getByRole("banner").getByRole("link", { name: "Sign up" }).click();
  await expect(page.getByRole("heading", { name: "This page did not load" })).toBeVisible();
  await page.unroute(file);
  await page.getByRole("button", { name: "Try again" }).click();
  await expect(page.getByRole("heading", { name: "Sign up", level: 1 })).toBeVisible();
  await awake(page);
  expectOnlyFailedLoads(noise);
});

test("a page wakes when its program comes after all", async ({ page, person, noise }) => {
  await page.route(file, (route) => route.abort(), { times: 2 });
  await page.goto("/signup");
  await expect(page.getByRole("button", { name: "Sign up" })).toBeDisabled();
  await awake(page);
  await signUp(page, person);
  expectOnlyFailedLoads(noise);
});

test("a page whose files belong to an older build is loaded anew", async ({ page, person, noise }) => {
  // Its files can't be had, as those of a build that was replaced after the document was read.
  const documents: string[] = [];
  await page.route(file, (route) => (documents.length < 2 ? route.abort() : route.continue()));
  page.on("request", (request) => {
    if (request.isNavigationRequest()) documents.push(new URL(request.url()).pathname);
  });
  await page.goto("/signup");
  await expect.poll(() => documents).toEqual(["/signup", "/signup"]);
  await awake(page);
  await signUp(page, person);
  expectOnlyFailedLoads(noise);
});

test("a page whose program does not come at all says so after a while, and never to one that is awake", async ({ page, noise }) => {
  const show = () => page.evaluate(() => document.getAnimations().forEach((animation) => animation.finish()));
  const notice = page.getByText("This page has not started yet.");
  const any = /\/pkg\/.*\.wasm$/;
  let hangs = true;
  await page.route(any, (route) => (hangs ? undefined : route.continue()));
  await page.goto("/login", { waitUntil: "commit" });
  await expect(page.getByRole("heading", { name: "Log in", level: 1 })).toBeVisible();
  await expect(notice).toBeHidden();
  await show();
  await expect(notice).toBeVisible();
  // Not by removing the route: Firefox would let the held requests go.
  hangs = false;
  await page.getByRole("link", { name: "load it again" }).click();
  await awake(page);
  await show();
  await expect(notice).toBeHidden();
  await expect(page).toHaveURL("/login");
  expectOnlyFailedLoads(noise);
});

test("a second press while the page after the login is fetched logs in no second time", async ({ page, context, person }) => {
  await signUp(page, person);
  await page.getByRole("button", { name: "Log out", exact: true }).click();
  await expect(page.getByText("You are logged out.")).toBeVisible();
  const other = await context.newPage();
  const stalled = gate();
  await other.route(file, async (route) => {
    await stalled.opened;
    await route.continue();
  });
  const logins: string[] = [];
  other.on("request", (request) => {
    if (request.url().endsWith("/auth/log_in")) logins.push(request.method());
  });
  await open(other, "/login?next=/posts");
  await other.getByLabel("User name or e-mail").fill(person.name);
  await other.getByLabel("Password").fill(password);
  const press = other.getByRole("button", { name: "Log in" });
  await press.click();
  await expect(other.locator("main")).toHaveAttribute("aria-busy", "true");
  await press.click();
  stalled.open();
  await expect(other.getByRole("heading", { name: "Posts", level: 1 })).toBeVisible();
  expect(logins).toEqual(["POST"]);
});

test("whoever goes elsewhere while a page is fetched finds that page awake and not waiting", async ({ page }) => {
  const stalled = gate();
  await page.route(file, async (route) => {
    await stalled.opened;
    await route.continue();
  });
  await open(page, "/");
  const main = page.locator("main");
  await page.getByRole("banner").getByRole("link", { name: "Sign up" }).click();
  await expect(main).toHaveAttribute("aria-busy", "true");
  await page.getByRole("banner").getByRole("link", { name: "Log in" }).click();
  await expect(page.getByRole("heading", { name: "Log in", level: 1 })).toBeVisible();
  await expect(main).toHaveAttribute("aria-busy", "false");
  stalled.open();
  await page.getByRole("banner").getByRole("link", { name: "Sign up" }).click();
  await expect(page.getByRole("heading", { name: "Sign up", level: 1 })).toBeVisible();
  await expect(main).toHaveAttribute("aria-busy", "false");
});

test("whoever goes back while a page waits for its program gets the page before, awake", async ({ page, noise }) => {
  await open(page, "/");
  await page.getByRole("banner").getByRole("link", { name: "Sign up" }).click();
  await expect(page.getByRole("heading", { name: "Sign up", level: 1 })).toBeVisible();
  await page.route(file, (route) => route.abort());
  await page.reload();
  await expect(page.getByRole("button", { name: "Sign up" })).toBeDisabled();
  await page.evaluate(() => history.back());
  await expect(page.getByRole("heading", { name: "Short tickets" })).toBeVisible();
  await awake(page);
  await page.unroute(file);
  await page.getByRole("banner").getByRole("link", { name: "Sign up" }).click();
  await expect(page.getByRole("heading", { name: "Sign up", level: 1 })).toBeVisible();
  expectOnlyFailedLoads(noise);
});

test("whoever goes back before the program of a page has started gets the page before, awake", async ({ page }) => {
  await open(page, "/");
  await page.getByRole("banner").getByRole("link", { name: "Sign up" }).click();
  await expect(page.getByRole("heading", { name: "Sign up", level: 1 })).toBeVisible();
  const stalled = gate();
  await page.route(/\/pkg\/handstamp\.[^/]+\.wasm$/, async (route) => {
    await stalled.opened;
    await route.continue();
  });
  await page.reload({ waitUntil: "commit" });
  await expect(page.getByRole("button", { name: "Sign up" })).toBeDisabled();
  await page.evaluate(() => history.back());
  await expect(page).toHaveURL("/");
  stalled.open();
  await expect(page.getByRole("heading", { name: "Short tickets" })).toBeVisible();
  await awake(page);
});

test("whoever is not logged in meets no error in the console", async ({ page }) => {
  const said: string[] = [];
  page.on("console", (message) => said.push(message.text()));
  for (const path of ["/", "/login", "/signup", "/lab"]) await open(page, path);
  expect(said).toEqual([]);
});

test("the program is cached for a year, in the encoding that the browser accepts", async ({ page, request }) => {
  test.skip(isDevelopmentBuild, "a development build has no compressed files");
  const loaded = page.waitForResponse((answer) => /\/pkg\/handstamp\.[^/]+\.wasm$/.test(answer.url()));
  await page.goto("/");
  const url = (await loaded).url();
  for (const encoding of ["br", "gzip", "identity"]) {
    const answer = await request.get(url, { headers: { "accept-encoding": encoding } });
    const { "content-encoding": compressed = "identity", "cache-control": kept, vary } = answer.headers();
    expect([compressed, kept, vary]).toEqual([encoding, "public, max-age=31536000, immutable", "accept-encoding"]);
  }
});
