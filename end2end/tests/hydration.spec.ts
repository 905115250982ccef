// Documents that something else changes: browser extensions, translators, proxies, password managers.
import type { Page } from "@playwright/test";
import { decodedHeaders, expect, fillSignUp, gate, logIn, logOut, open, password, refreshCookie, signUp, test, type User, visit, waitUntilReady } from "../fixtures.js";
import { servers } from "../servers.js";

test.use({ baseURL: servers.plain.url });

const wasm = /\/pkg\/handstamp\.[^/]+\.wasm$/;

/** Signs a user up and logs out, for a login on a changed page. */
async function signUpAndLogOut(page: Page, user: User) {
  await signUp(page, user);
  await logOut(page);
  await expect(page.getByText("You're logged out.")).toBeVisible();
}

/** Records the paths of all documents that the page requests from now on. */
function recordDocuments(page: Page) {
  const documents: string[] = [];
  page.on("request", (request) => {
    if (request.isNavigationRequest()) documents.push(new URL(request.url()).pathname);
  });
  return documents;
}

/** Opens a page, and delivers its WASM only after `DOMContentLoaded` and `beforeStart`. */
async function openSlowly(page: Page, path: string, beforeStart = async () => {}) {
  const held = gate();
  await page.route(wasm, async (route) => {
    await held.opened;
    await route.continue();
  });
  await page.goto(path, { waitUntil: "domcontentloaded" });
  await beforeStart();
  held.open();
  await waitUntilReady(page);
}

const isRebuilt = (page: Page) => page.evaluate(() => document.documentElement.hasAttribute("data-rebuild"));

/** Changes the document like a translator: replaces each text node, and wraps it in two elements. */
function translate() {
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  const texts: Node[] = [];
  while (walker.nextNode()) texts.push(walker.currentNode);
  for (const text of texts) {
    if (!text.textContent?.trim() || text.parentElement?.closest("script, style, noscript, textarea")) continue;
    const outer = document.createElement("font");
    const inner = document.createElement("font");
    inner.textContent = text.textContent;
    outer.append(inner);
    text.parentNode?.replaceChild(outer, text);
  }
}

/** Changes to the parsed document, and whether the app must be rendered again after them. */
const changes: { name: string; change: () => void; rebuilds: boolean }[] = [
  { name: "an element at the start of the body", change: () => document.body.prepend(document.createElement("div")), rebuilds: false },
  { name: "an element at the end of the body", change: () => document.body.append(document.createElement("div")), rebuilds: false },
  {
    name: "an attribute of every input",
    change: () => document.querySelectorAll("input").forEach((input) => input.setAttribute("data-dashlane-rid", "1")),
    rebuilds: false,
  },
  { name: "an element in the head", change: () => document.head.append(document.createElement("meta")), rebuilds: false },
  {
    name: "an element after every input",
    change: () => document.querySelectorAll("input").forEach((input) => input.after(document.createElement("div"))),
    rebuilds: true,
  },
  {
    name: "an unknown element before every input",
    change: () => document.querySelectorAll("input").forEach((input) => input.before(document.createElement("lt-highlighter"))),
    rebuilds: true,
  },
  {
    name: "an element in the form",
    change: () => document.querySelector("#app form")!.prepend(document.createElement("div")),
    rebuilds: true,
  },
  { name: "a translation", change: translate, rebuilds: true },
];

for (const { name, change, rebuilds } of changes) {
  test(`the login works after this change of the document: ${name}`, async ({ page, user }) => {
    await signUpAndLogOut(page, user);
    await page.addInitScript(`document.addEventListener("DOMContentLoaded", ${change.toString()})`);
    const documents = recordDocuments(page);
    await openSlowly(page, "/login");
    expect(await isRebuilt(page)).toBe(rebuilds);
    expect(documents).toEqual(["/login"]);
    await logIn(page, user);
  });
}

/** Changes by a proxy, or by an extension that runs while the document is parsed. */
const rewrites: { name: string; rewrite: (html: string) => string; restarts: boolean }[] = [
  { name: "without its comments", rewrite: (html) => html.replace(/<!--.*?-->|<!>/gs, ""), restarts: true },
  { name: "with an element after every input", rewrite: (html) => html.replace(/<input[^>]*>/g, "$&<div></div>"), restarts: true },
  {
    name: "with wrapped texts",
    rewrite: (html) => html.replace(/(<(?:label|h1|button)[^>]*>)([^<]+)(?=<)/g, "$1<font><font>$2</font></font>"),
    restarts: true,
  },
  { name: "with an element at the start of the body", rewrite: (html) => html.replace("<body>", "<body><div></div>"), restarts: false },
];

async function rewriteDocuments(page: Page, rewrite: (html: string) => string) {
  await page.route(
    (url) => !/^\/(pkg|auth|api|fn)\//.test(url.pathname),
    async (route) => {
      if (!route.request().isNavigationRequest()) return route.fallback();
      // The server may close an idle connection at the moment of its next use.
      const response = await route.fetch({ maxRetries: 2 });
      const html = await response.text();
      const body = rewrite(html);
      expect(body).not.toBe(html);
      await route.fulfill({ response, headers: decodedHeaders(response), body });
    },
  );
}

for (const { name, rewrite, restarts } of rewrites) {
  test(`the login works in a document that is delivered ${name}`, async ({ page, user, browserErrors }) => {
    await signUpAndLogOut(page, user);
    await rewriteDocuments(page, rewrite);
    const documents = recordDocuments(page);
    await page.goto("/login", { waitUntil: "commit" });
    await waitUntilReady(page);
    expect(await isRebuilt(page)).toBe(restarts);
    expect(documents).toEqual(restarts ? ["/login", "/login"] : ["/login"]);
    // Each browser reports the failed hydration with its own message.
    if (restarts) browserErrors.length = 0;
    await logIn(page, user);
    await visit(page, "Profile", "Your profile");
  });
}

test("typed text is kept if the app is rendered again", async ({ page, user }) => {
  await signUpAndLogOut(page, user);
  await page.addInitScript(`document.addEventListener("DOMContentLoaded", ${translate.toString()})`);
  await openSlowly(page, "/login", async () => {
    await page.locator("#username").fill(user.name);
  });
  expect(await isRebuilt(page)).toBe(true);
  await expect(page.locator("#username")).toHaveValue(user.name);
});

test("an app that was rendered again and panics later shows a notice, and its form logs out", async ({ page, user, browserErrors }) => {
  await signUp(page, user);
  await page.addInitScript(`document.addEventListener("DOMContentLoaded", ${translate.toString()})`);
  await openSlowly(page, "/profile");
  expect(await isRebuilt(page)).toBe(true);
  await page.evaluate(() => {
    document.createElement = () => {
      throw new Error("no element");
    };
  });
  await page.getByRole("navigation", { name: "Pages" }).getByRole("link", { name: "Posts" }).click();
  const notice = page.getByRole("alert").filter({ hasText: "This page stopped after an error." });
  await expect(notice).toBeVisible();
  await notice.getByRole("button", { name: "Log out" }).click();
  await expect(page).toHaveURL("/login");
  await waitUntilReady(page);
  const names = (await page.context().cookies(`${servers.plain.url}/auth`)).map(({ name }) => name);
  expect(names).not.toContain(refreshCookie(servers.plain.url));
  browserErrors.length = 0;
});

test("a translated page is still updated", async ({ page, user }) => {
  await open(page, "/signup");
  const error = page.locator("#username-error");
  const button = page.getByRole("main").getByRole("button", { name: "Sign up" });
  const first = "Username must be 3–32 characters.";
  const second = "Use only letters, numbers, dots, hyphens, and underscores.";
  await page.getByLabel("Username").fill("x");
  await button.click();
  await expect(error).toHaveText(first);
  await page.evaluate(translate);
  await page.locator("#username").fill("a name");
  await button.click();
  await expect(error).toHaveText(second);
  await expect(button).toHaveText("Sign up");

  await fillSignUp(page, user);
  await visit(page, "Profile", "Your profile");
  const remaining = page.locator(".ticket-row").last();
  await expect(remaining).toHaveText(/^\d+:\d\d left$/);
  await page.evaluate(translate);
  const before = await remaining.innerText();
  await expect(remaining).not.toHaveText(before);
  await expect(remaining).toHaveText(/^\d+:\d\d left$/);
  await logOut(page);
  await expect(page.getByText("You're logged out.")).toBeVisible();
});

const notSent = (page: Page) => page.getByRole("alert").filter({ hasText: "so nothing happened" });

for (const path of ["/login", "/signup", "/magic", "/magic/hsm_x", "/forgot", "/reset/hsm_x", "/confirm/hsm_x", "/posts", "/account"]) {
  test(`a form of ${path} that a password manager submits redirects to the page, with a notice`, async ({ page, user }) => {
    if (["/posts", "/account"].includes(path)) await signUp(page, user);
    const json = { email: user.email, username: user.name, required: null };
    await page.route("**/auth/check_link", (route) => route.fulfill({ json }));
    await open(page, path);
    await expect(notSent(page)).toBeHidden();
    await expect(page.locator("#app form").first()).toBeVisible();
    const responded = page.waitForResponse((response) => response.request().method() === "POST" && new URL(response.url()).pathname === path);
    await page.evaluate(() => {
      for (const input of document.querySelectorAll<HTMLInputElement>("#app form input")) input.value = "correct horse battery";
      document.querySelector<HTMLFormElement>("#app form")!.submit();
    });
    const response = await responded;
    expect(response.status()).toBe(303);
    expect(response.headers()["location"]).toBe(`${path}?retry`);
    await waitUntilReady(page);
    await expect(notSent(page)).toBeVisible();
    // The URL contains neither the typed text nor the parameter that shows the notice.
    await expect(page).toHaveURL(path);
  });
}

test("the login works after a form that the browser has submitted, and the notice disappears", async ({ page, user }) => {
  await signUpAndLogOut(page, user);
  await open(page, "/login?next=/posts");
  await page.evaluate(() => document.querySelector<HTMLFormElement>("#app form")!.submit());
  await expect(notSent(page)).toBeVisible();
  await waitUntilReady(page);
  await page.getByLabel("Username or email").fill(user.name);
  await page.getByLabel("Password").fill(password);
  await page.getByRole("button", { name: "Log in" }).click();
  await expect(page.getByRole("heading", { name: "Posts", level: 1 })).toBeVisible();
  await expect(page).toHaveURL("/posts");
  await expect(notSent(page)).toBeHidden();
});

test("the button is disabled until hydration after a reload too", async ({ page, user }) => {
  await signUpAndLogOut(page, user);
  await open(page, "/login");
  const button = page.getByRole("button", { name: "Log in" });
  await expect(button).toBeEnabled();
  const posts: string[] = [];
  page.on("request", (request) => {
    if (request.method() === "POST" && request.isNavigationRequest()) posts.push(request.url());
  });
  const held = gate();
  await page.route(wasm, async (route) => {
    await held.opened;
    await route.continue();
  });
  await page.reload({ waitUntil: "domcontentloaded" });
  await expect(button).toBeDisabled();
  await page.getByLabel("Password").fill(password);
  await page.getByLabel("Password").press("Enter");
  held.open();
  await waitUntilReady(page);
  expect(posts).toEqual([]);
  await logIn(page, user);
});

test.describe("another app", () => {
  test.use({ baseURL: servers.guestbook.url });

  const isStarted = async (page: Page) => {
    await expect(page.locator("html")).toHaveAttribute("data-program", "running");
    await page.getByRole("button", { name: "Come in" }).click();
    await expect(page.getByText(/^guest-.* is here$/)).toBeVisible();
  };

  test("starts in a changed document", async ({ page }) => {
    await page.addInitScript(`document.addEventListener("DOMContentLoaded", ${translate.toString()})`);
    const held = gate();
    await page.route(/\/pkg\/guestbook.*\.wasm$/, async (route) => {
      await held.opened;
      await route.continue();
    });
    await page.goto("/", { waitUntil: "domcontentloaded" });
    held.open();
    await isStarted(page);
    expect(await isRebuilt(page)).toBe(true);
  });

  test("starts in a document without comments", async ({ page, browserErrors }) => {
    await rewriteDocuments(page, (html) => html.replace(/<!--.*?-->|<!>|(<p>)Nobody is here/gs, "$1"));
    await page.goto("/", { waitUntil: "commit" });
    await isStarted(page);
    expect(await isRebuilt(page)).toBe(true);
    browserErrors.length = 0;
  });

  test("responds to a form that the browser has submitted with its page", async ({ page, request }) => {
    const response = await request.post("/", { form: { any: "thing" }, maxRedirects: 0 });
    expect([response.status(), response.headers()["location"]]).toEqual([303, "/?retry"]);
    await page.goto("/?retry");
    await expect(notSent(page)).toBeVisible();
    await isStarted(page);
  });
});
