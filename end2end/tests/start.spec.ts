// The notices of a page whose WASM can't start or has stopped.
import type { Page } from "@playwright/test";
import { accountMenu, decodedHeaders, expect, open, password, refreshCookie, signUp, test, type User, waitUntilReady } from "../fixtures.js";
import { servers } from "../servers.js";

test.use({ baseURL: servers.plain.url });

const sentences = {
  missing: "This page needs WebAssembly",
  blocked: "a security policy blocks WebAssembly",
  notLoaded: "one of its files couldn't be loaded",
  stopped: "This page stopped after an error.",
  plainHttp: "You opened this page as",
};

const notice = (page: Page, sentence: keyof typeof sentences) => page.getByRole("alert").filter({ hasText: sentences[sentence] });

async function expectOnly(page: Page, shown?: keyof typeof sentences) {
  for (const sentence of Object.keys(sentences) as (keyof typeof sentences)[]) {
    await expect(notice(page, sentence)).toBeVisible({ visible: sentence === shown });
  }
}

/** The console contains the cause too, with a message that differs between browsers. */
test.afterEach(({ browserErrors }) => {
  browserErrors.length = 0;
});

test("a page that runs shows none of the notices", async ({ page, browserErrors }) => {
  await open(page, "/login");
  await expectOnly(page);
  expect(browserErrors).toEqual([]);
});

test("a browser without WebAssembly gets a notice", async ({ page }) => {
  await page.addInitScript(() => Reflect.deleteProperty(window, "WebAssembly"));
  await page.goto("/login");
  await expectOnly(page, "missing");
});

test("a content security policy that forbids WebAssembly is reported", async ({ page }) => {
  await page.route("/login", async (route) => {
    const response = await route.fetch({ maxRetries: 2 });
    const headers = decodedHeaders(response);
    const policy = headers["content-security-policy"];
    expect(policy).toContain("'wasm-unsafe-eval'");
    headers["content-security-policy"] = policy.replace("'wasm-unsafe-eval'", "");
    await route.fulfill({ response, headers });
  });
  await page.goto("/login");
  await expectOnly(page, "blocked");
});

for (const [file, pattern] of [
  ["script", /\/pkg\/handstamp\.[^/]+\.js$/],
  ["WASM file", /\/pkg\/handstamp\.[^/]+\.wasm$/],
] as const) {
  for (const failure of ["aborted", "missing"]) {
    test(`a ${file} that is ${failure} is reported, and the page starts when it is loaded again`, async ({ page }) => {
      let documents = 0;
      page.on("request", (request) => {
        if (request.isNavigationRequest()) documents++;
      });
      await page.route(pattern, (route) => (failure === "aborted" ? route.abort() : route.fulfill({ status: 404 })));
      await page.goto("/login");
      await expectOnly(page, "notLoaded");
      // Without a network, a reload would only lose the page.
      expect(documents).toBe(failure === "missing" ? 3 : 1);
      await page.unroute(pattern);
      await notice(page, "notLoaded").getByRole("link", { name: "reload the page" }).click();
      await waitUntilReady(page);
      await expectOnly(page);
    });
  }
}

for (const [file, pattern] of [
  ["script", /\/pkg\/handstamp\.[^/]+\.js$/],
  ["WASM file", /\/pkg\/handstamp\.[^/]+\.wasm$/],
] as const) {
  test(`a page whose ${file} is missing for a moment is reloaded automatically`, async ({ page }) => {
    let documents = 0;
    page.on("request", (request) => {
      if (request.isNavigationRequest()) documents++;
    });
    await page.route(pattern, (route) => (documents < 3 ? route.fulfill({ status: 404 }) : route.continue()));
    await page.goto("/login");
    await expect.poll(() => documents).toBe(3);
    await waitUntilReady(page);
    await expectOnly(page);
    expect(await page.evaluate(() => sessionStorage.length)).toBe(0);
  });
}

test("a page without storage is not reloaded, because it could not count the reloads", async ({ page }) => {
  await page.addInitScript(() => {
    const forbid = () => {
      throw new Error("no storage");
    };
    Object.defineProperty(window, "sessionStorage", { get: forbid });
  });
  let documents = 0;
  page.on("request", (request) => {
    if (request.isNavigationRequest()) documents++;
  });
  await page.route(/\/pkg\/handstamp\.[^/]+\.js$/, (route) => route.fulfill({ status: 404 }));
  await page.goto("/login");
  await expectOnly(page, "notLoaded");
  expect(documents).toBe(1);
});

test("a missing chunk is reported until it is available", async ({ page }) => {
  const chunk = /\/pkg\/split_pages\..*\.wasm$/;
  await page.route(chunk, (route) => route.abort());
  await page.goto("/signup");
  await expectOnly(page, "notLoaded");
  await page.unroute(chunk);
  await waitUntilReady(page);
  await expectOnly(page);
});

/** The refresh cookie of a user who has just signed up. */
async function signUpWithCookie(page: Page, user: User) {
  await signUp(page, user);
  const name = refreshCookie(servers.plain.url);
  const cookies = await page.context().cookies(`${servers.plain.url}/auth`);
  const value = cookies.find((cookie) => cookie.name === name)?.value;
  expect(value).toBeTruthy();
  return `${name}=${value}`;
}

async function expectStopped(page: Page) {
  await expectOnly(page, "stopped");
  await expect(page.locator("#app")).toHaveJSProperty("inert", true);
}

test("a page that panics at the start and after the reload shows a notice, and its form logs out", async ({ page, user, request }) => {
  const cookie = await signUpWithCookie(page, user);
  // The app finds a text instead of the element that the server rendered, and panics. After the reload it can't be
  // rendered either.
  const documents: string[] = [];
  page.on("request", (request) => {
    if (request.isNavigationRequest()) documents.push(new URL(request.url()).pathname);
  });
  await page.addInitScript(() => {
    if (location.pathname !== "/profile") return;
    document.createElement = () => {
      throw new Error("no element");
    };
    new MutationObserver((_, observer) => {
      const first = document.querySelector("#app > a");
      if (!first) return;
      first.replaceWith("not what the server rendered");
      observer.disconnect();
    }).observe(document, { childList: true, subtree: true });
  });
  await page.goto("/profile", { waitUntil: "commit" });
  await expectStopped(page);
  expect(documents).toEqual(["/profile", "/profile"]);
  await expect(page.locator("html[data-ready]")).not.toBeAttached();
  await notice(page, "stopped").getByRole("button", { name: "Log out" }).click();
  await expect(page).toHaveURL("/login");
  await waitUntilReady(page);
  await expectOnly(page);
  await expect(page.getByRole("banner").getByRole("link", { name: "Log in" })).toBeVisible();
  const names = (await page.context().cookies(`${servers.plain.url}/auth`)).map(({ name }) => name);
  expect(names).not.toContain(refreshCookie(servers.plain.url));
  const refused = await request.post("/auth/refresh", { headers: { cookie, "sec-fetch-site": "same-origin" } });
  expect((await refused.json()).code).toBe("session_revoked");
});

test("a page that panics during use shows a notice, and starts when it is loaded again", async ({ page, user }) => {
  await signUp(page, user);
  // All parts of this page are loaded.
  await expect(page.locator(".toasts")).toBeAttached();
  // The next page can't be rendered, and the app panics.
  await page.evaluate(() => {
    document.createElement = () => {
      throw new Error("no element");
    };
  });
  await page.getByRole("navigation", { name: "Pages" }).getByRole("link", { name: "Posts" }).click();
  await expectStopped(page);
  await notice(page, "stopped").getByRole("link", { name: "Reload the page" }).click();
  await expect(accountMenu(page)).toBeVisible();
  await expectOnly(page);
});

test("a WASM trap without a panic stops the page too", async ({ page }) => {
  await open(page, "/login");
  await page.evaluate(() => {
    // A module whose start function is only `unreachable`.
    const bytes = [0, 97, 115, 109, 1, 0, 0, 0, 1, 4, 1, 96, 0, 0, 3, 2, 1, 0, 8, 1, 0, 10, 5, 1, 3, 0, 0, 11];
    setTimeout(() => new WebAssembly.Instance(new WebAssembly.Module(new Uint8Array(bytes))));
  });
  await expectStopped(page);
});

test("a page that was opened over plain http under another host name links to the public URL", async ({ page, user }) => {
  const origin = "http://handstamp.test";
  // Like requests to a server under this name: browsers send the origin, and no Fetch Metadata.
  await page.route(`${origin}/**`, async (route) => {
    const headers: Record<string, string> = { ...(await route.request().allHeaders()), origin };
    delete headers["sec-fetch-site"];
    delete headers.host;
    const url = route.request().url().replace(origin, servers.plain.url);
    // The server may close an idle connection at the moment of its next use.
    const response = await route.fetch({ url, headers, maxRetries: 2 });
    await route.fulfill({ response, headers: decodedHeaders(response) });
  });
  await open(page, `${origin}/login`);
  await expectOnly(page, "plainHttp");
  await expect(notice(page, "plainHttp")).toContainText(`${sentences.plainHttp} ${origin}, where browsers save no login.`);
  await expect(notice(page, "plainHttp")).toContainText("or serve this address over https");
  await page.getByLabel("Username or email").fill(user.name);
  await page.getByLabel("Password").fill(password);
  await page.getByRole("button", { name: "Log in" }).click();
  const refusal = "This page was opened at another address than the site's own";
  await expect(page.getByRole("main").getByRole("alert").filter({ hasText: refusal })).toBeVisible();
  await notice(page, "plainHttp").getByRole("link", { name: servers.plain.url }).click();
  await expect(page).toHaveURL(`${servers.plain.url}/`);
  await waitUntilReady(page);
  await expectOnly(page);
});
