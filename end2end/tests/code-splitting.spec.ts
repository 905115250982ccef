// The app is split into chunks: one for `/` and `/login`, and one for other pages, which is prefetched after hydration.
import { expect, expectOnlyFailedLoads, gate, logOut, open, password, signUp, test, waitUntilReady } from "../fixtures.js";
import { isDevelopmentBuild } from "../servers.js";

const chunk = /\/pkg\/split_pages\..*\.wasm$/;

test("prefetched pages open without a network", async ({ page, context }) => {
  const fetched = page.waitForResponse(chunk);
  await open(page, "/");
  await (await fetched).finished();
  await context.setOffline(true);
  await page.getByRole("banner").getByRole("link", { name: "Sign up" }).click();
  await expect(page.getByRole("heading", { name: "Sign up", level: 1 })).toBeVisible();
  await expect(page.locator("main")).toHaveAttribute("aria-busy", "false");
});

test("a failed chunk load shows an error, and a retry without a network stays on the page", async ({ page, context, browserErrors }) => {
  await page.route(chunk, (route) => route.abort());
  await open(page, "/");
  await page.getByRole("banner").getByRole("link", { name: "Sign up" }).click();
  const failed = page.getByRole("heading", { name: "This page couldn't be loaded" });
  await expect(failed).toBeVisible();
  await expect(page).toHaveURL("/signup");
  await context.setOffline(true);
  await page.getByRole("button", { name: "Try again" }).click();
  await expect(page.getByRole("alert").filter({ hasText: "Can't reach the server." })).toBeVisible();
  await expect(failed).toBeVisible();
  await context.setOffline(false);
  await page.unroute(chunk);
  await page.getByRole("button", { name: "Try again" }).click();
  await expect(page.getByRole("heading", { name: "Sign up", level: 1 })).toBeVisible();
  await waitUntilReady(page);
  expectOnlyFailedLoads(browserErrors);
});

test("a browser that wrongly reports being offline does not prevent a retry", async ({ page, browserErrors }) => {
  await page.addInitScript(() => Object.defineProperty(Navigator.prototype, "onLine", { get: () => false }));
  await page.route(chunk, (route) => route.abort());
  await open(page, "/");
  await page.getByRole("banner").getByRole("link", { name: "Sign up" }).click();
  await expect(page.getByRole("heading", { name: "This page couldn't be loaded" })).toBeVisible();
  await page.unroute(chunk);
  await page.getByRole("button", { name: "Try again" }).click();
  await expect(page.getByRole("heading", { name: "Sign up", level: 1 })).toBeVisible();
  await waitUntilReady(page);
  expectOnlyFailedLoads(browserErrors);
});

test("a page hydrates when its chunk loads at a later attempt", async ({ page, user, browserErrors }) => {
  await page.route(chunk, (route) => route.abort(), { times: 2 });
  await page.goto("/signup");
  await expect(page.getByRole("button", { name: "Sign up" })).toBeDisabled();
  await waitUntilReady(page);
  await signUp(page, user);
  expectOnlyFailedLoads(browserErrors);
});

test("a page whose chunks belong to an older build is reloaded", async ({ page, user, browserErrors }) => {
  // Its chunk is unavailable, like one of a build that was replaced after the document was loaded.
  const documents: string[] = [];
  await page.route(chunk, (route) => (documents.length < 2 ? route.abort() : route.continue()));
  page.on("request", (request) => {
    if (request.isNavigationRequest()) documents.push(new URL(request.url()).pathname);
  });
  await page.goto("/signup");
  await expect.poll(() => documents).toEqual(["/signup", "/signup"]);
  await waitUntilReady(page);
  await signUp(page, user);
  expectOnlyFailedLoads(browserErrors);
});

test("a page whose WASM does not load shows a notice after some time, and a hydrated page never does", async ({ page, browserErrors }) => {
  const finishAnimations = () => page.evaluate(() => document.getAnimations().forEach((animation) => animation.finish()));
  const notice = page.getByText("Still starting…");
  const any = /\/pkg\/.*\.wasm$/;
  let hangs = true;
  await page.route(any, (route) => (hangs ? undefined : route.continue()));
  await page.goto("/login", { waitUntil: "commit" });
  await expect(page.getByRole("heading", { name: "Log in", level: 1 })).toBeVisible();
  await expect(notice).toBeHidden();
  await finishAnimations();
  await expect(notice).toBeVisible();
  // The route stays: if it is removed, Firefox continues the held requests.
  hangs = false;
  await page.getByRole("link", { name: "reload the page" }).click();
  await waitUntilReady(page);
  await finishAnimations();
  await expect(notice).toBeHidden();
  await expect(page).toHaveURL("/login");
  expectOnlyFailedLoads(browserErrors);
});

test("a second submit during the chunk load after a login is ignored", async ({ page, context, user }) => {
  await signUp(page, user);
  await logOut(page);
  await expect(page.getByText("You're logged out.")).toBeVisible();
  const other = await context.newPage();
  const stalled = gate();
  await other.route(chunk, async (route) => {
    await stalled.opened;
    await route.continue();
  });
  const logins: string[] = [];
  other.on("request", (request) => {
    if (request.url().endsWith("/auth/log_in")) logins.push(request.method());
  });
  await open(other, "/login?next=/posts");
  await other.getByLabel("Username or email").fill(user.name);
  await other.getByLabel("Password").fill(password);
  const submit = other.getByRole("button", { name: "Log in" });
  await submit.click();
  await expect(other.locator("main")).toHaveAttribute("aria-busy", "true");
  await submit.click();
  stalled.open();
  await expect(other.getByRole("heading", { name: "Posts", level: 1 })).toBeVisible();
  expect(logins).toEqual(["POST"]);
});

test("navigating away during a chunk load hydrates the new page", async ({ page }) => {
  const stalled = gate();
  await page.route(chunk, async (route) => {
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

test("going back while a page waits for its chunk loads and hydrates the previous page", async ({ page, browserErrors }) => {
  await open(page, "/");
  await page.getByRole("banner").getByRole("link", { name: "Sign up" }).click();
  await expect(page.getByRole("heading", { name: "Sign up", level: 1 })).toBeVisible();
  await page.route(chunk, (route) => route.abort());
  await page.reload();
  await expect(page.getByRole("button", { name: "Sign up" })).toBeDisabled();
  await page.evaluate(() => history.back());
  await expect(page.getByRole("heading", { name: "Short tickets" })).toBeVisible();
  await waitUntilReady(page);
  await page.unroute(chunk);
  await page.getByRole("banner").getByRole("link", { name: "Sign up" }).click();
  await expect(page.getByRole("heading", { name: "Sign up", level: 1 })).toBeVisible();
  expectOnlyFailedLoads(browserErrors);
});

test("going back before the WASM has started loads and hydrates the previous page", async ({ page }) => {
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
  await waitUntilReady(page);
});

test("the pages log nothing to the console without a login", async ({ page }) => {
  const messages: string[] = [];
  page.on("console", (message) => messages.push(message.text()));
  for (const path of ["/", "/login", "/signup", "/lab"]) {
    await open(page, path);
    // The next navigation would abort the prefetch of the other pages, which Firefox reports on the console.
    await page.waitForLoadState("networkidle");
  }
  expect(messages).toEqual([]);
});

test("the WASM is cached for a year, in the encoding that the browser accepts", async ({ page, request }) => {
  test.skip(isDevelopmentBuild, "a development build has no compressed files");
  const loaded = page.waitForResponse((response) => /\/pkg\/handstamp\.[^/]+\.wasm$/.test(response.url()));
  await page.goto("/");
  const url = (await loaded).url();
  for (const encoding of ["br", "gzip", "identity"]) {
    const response = await request.get(url, { headers: { "accept-encoding": encoding } });
    const { "content-encoding": actual = "identity", "cache-control": caching, vary } = response.headers();
    expect([actual, caching, vary]).toEqual([encoding, "public, max-age=31536000, immutable", "accept-encoding"]);
  }
});
