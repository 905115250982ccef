// Documents that something else changes: browser extensions, translators, proxies, password managers.
import type { Page } from "@playwright/test";
import { awake, decodedHeaders, expect, fillSignUp, gate, logIn, open, password, refreshCookie, signUp, test, visit, type Person } from "../fixtures.js";
import { servers } from "../servers.js";

test.use({ baseURL: servers.plain.url });

const program = /\/pkg\/handstamp\.[^/]+\.wasm$/;

/** Signs a user up and out, for a login on a page that is changed. */
async function signUpAndLeave(page: Page, person: Person) {
  await signUp(page, person);
  await page.getByRole("button", { name: "Log out", exact: true }).click();
  await expect(page.getByText("You are logged out.")).toBeVisible();
}

/** The documents that the page asks for from now on. */
function countDocuments(page: Page) {
  const documents: string[] = [];
  page.on("request", (request) => {
    if (request.isNavigationRequest()) documents.push(new URL(request.url()).pathname);
  });
  return documents;
}

/** Opens a page whose program comes only after all that happens with a new document. */
async function openSlowly(page: Page, path: string, beforeStart = async () => {}) {
  const held = gate();
  await page.route(program, async (route) => {
    await held.opened;
    await route.continue();
  });
  await page.goto(path, { waitUntil: "domcontentloaded" });
  await beforeStart();
  held.open();
  await awake(page);
}

const isRebuilt = (page: Page) => page.evaluate(() => document.documentElement.hasAttribute("data-rebuild"));

/** Does what a translator does: each text gets two elements around it, and its node is replaced. */
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

/** What is done to a document as soon as it is parsed, and whether the app has to be rendered afresh after it. */
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
    name: "an element behind every input",
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
  test(`after ${name} the login works`, async ({ page, person }) => {
    await signUpAndLeave(page, person);
    await page.addInitScript(`document.addEventListener("DOMContentLoaded", ${change.toString()})`);
    const documents = countDocuments(page);
    await openSlowly(page, "/login");
    expect(await isRebuilt(page)).toBe(rebuilds);
    expect(documents).toEqual(["/login"]);
    await logIn(page, person);
  });
}

/** What a proxy, or an extension that runs while the document is parsed, makes of a document. */
const rewrites: { name: string; rewrite: (html: string) => string; restarts: boolean }[] = [
  { name: "without its comments", rewrite: (html) => html.replace(/<!--.*?-->|<!>/gs, ""), restarts: true },
  { name: "with an element behind every input", rewrite: (html) => html.replace(/<input[^>]*>/g, "$&<div></div>"), restarts: true },
  {
    name: "with every text of the form in elements",
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
      // A kept connection may be closed by the server in the moment of its next use.
      const response = await route.fetch({ maxRetries: 2 });
      const html = await response.text();
      const body = rewrite(html);
      expect(body).not.toBe(html);
      await route.fulfill({ response, headers: decodedHeaders(response), body });
    },
  );
}

for (const { name, rewrite, restarts } of rewrites) {
  test(`in a document that comes ${name} the login works`, async ({ page, person, noise }) => {
    await signUpAndLeave(page, person);
    await rewriteDocuments(page, rewrite);
    const documents = countDocuments(page);
    await page.goto("/login", { waitUntil: "commit" });
    await awake(page);
    expect(await isRebuilt(page)).toBe(restarts);
    expect(documents).toEqual(restarts ? ["/login", "/login"] : ["/login"]);
    // The console names the failed hydration in each browser's own words.
    if (restarts) noise.length = 0;
    await logIn(page, person);
    await visit(page, "Profile", "Your profile");
  });
}

test("what is typed before the app is rendered afresh stays", async ({ page, person }) => {
  await signUpAndLeave(page, person);
  await page.addInitScript(`document.addEventListener("DOMContentLoaded", ${translate.toString()})`);
  await openSlowly(page, "/login", async () => {
    await page.locator("#username").fill(person.name);
  });
  expect(await isRebuilt(page)).toBe(true);
  await expect(page.locator("#username")).toHaveValue(person.name);
});

test("an app that was rendered afresh and stops later says so, and its form logs out", async ({ page, person, noise }) => {
  await signUp(page, person);
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
  await awake(page);
  const names = (await page.context().cookies(`${servers.plain.url}/auth`)).map(({ name }) => name);
  expect(names).not.toContain(refreshCookie(servers.plain.url));
  noise.length = 0;
});

test("a page that was translated goes on to show what changes", async ({ page, person }) => {
  await open(page, "/signup");
  const error = page.locator("#username-error");
  const button = page.getByRole("main").getByRole("button");
  const first = "A user name has 3 to 32 characters.";
  const second = "A user name is made of letters, digits, dots, hyphens and underscores.";
  await page.getByLabel("User name").fill("x");
  await button.click();
  await expect(error).toHaveText(first);
  await page.evaluate(translate);
  await page.locator("#username").fill("a name");
  await button.click();
  await expect(error).toHaveText(second);
  await expect(button).toHaveText("Sign up");

  await fillSignUp(page, person);
  await visit(page, "Profile", "Your profile");
  const left = page.locator(".ticket-row").last();
  await expect(left).toHaveText(/^\d+:\d\d left$/);
  await page.evaluate(translate);
  const before = await left.innerText();
  await expect(left).not.toHaveText(before);
  await expect(left).toHaveText(/^\d+:\d\d left$/);
  await page.getByRole("button", { name: "Log out", exact: true }).click();
  await expect(page.getByText("You are logged out.")).toBeVisible();
});

const notSent = (page: Page) => page.getByRole("alert").filter({ hasText: "so nothing was done with it" });

for (const path of ["/login", "/signup", "/magic", "/magic/hsm_x", "/forgot", "/reset/hsm_x", "/confirm/hsm_x", "/posts", "/account"]) {
  test(`a form of ${path} that a password manager sends leads back to the page, with a sentence`, async ({ page, person }) => {
    if (["/posts", "/account"].includes(path)) await signUp(page, person);
    await open(page, path);
    await expect(notSent(page)).toBeHidden();
    await expect(page.locator("#app form").first()).toBeVisible();
    const answered = page.waitForResponse((response) => response.request().method() === "POST" && new URL(response.url()).pathname === path);
    await page.evaluate(() => {
      for (const input of document.querySelectorAll<HTMLInputElement>("#app form input")) input.value = "correct horse battery";
      document.querySelector<HTMLFormElement>("#app form")!.submit();
    });
    const answer = await answered;
    expect(answer.status()).toBe(303);
    expect(answer.headers()["location"]).toBe(`${path}?retry`);
    await awake(page);
    await expect(notSent(page)).toBeVisible();
    // The address has neither what was typed nor the parameter that shows the sentence.
    await expect(page).toHaveURL(path);
  });
}

test("the login works after a form that the browser has sent, and the sentence goes", async ({ page, person }) => {
  await signUpAndLeave(page, person);
  await open(page, "/login?next=/posts");
  await page.evaluate(() => document.querySelector<HTMLFormElement>("#app form")!.submit());
  await expect(notSent(page)).toBeVisible();
  await awake(page);
  await page.getByLabel("User name or e-mail").fill(person.name);
  await page.getByLabel("Password").fill(password);
  await page.getByRole("button", { name: "Log in" }).click();
  await expect(page.getByRole("heading", { name: "Posts", level: 1 })).toBeVisible();
  await expect(page).toHaveURL("/posts");
  await expect(notSent(page)).toBeHidden();
});

test("a button that waits for the start waits after a reload too", async ({ page, person }) => {
  await signUpAndLeave(page, person);
  await open(page, "/login");
  const button = page.getByRole("button", { name: "Log in" });
  await expect(button).toBeEnabled();
  const posts: string[] = [];
  page.on("request", (request) => {
    if (request.method() === "POST" && request.isNavigationRequest()) posts.push(request.url());
  });
  const held = gate();
  await page.route(program, async (route) => {
    await held.opened;
    await route.continue();
  });
  await page.reload({ waitUntil: "domcontentloaded" });
  await expect(button).toBeDisabled();
  await page.getByLabel("Password").fill(password);
  await page.getByLabel("Password").press("Enter");
  held.open();
  await awake(page);
  expect(posts).toEqual([]);
  await logIn(page, person);
});

test.describe("another app", () => {
  test.use({ baseURL: servers.guestbook.url });

  const isStarted = async (page: Page) => {
    await expect(page.locator("html")).toHaveAttribute("data-program", "running");
    await page.getByRole("button", { name: "Come in" }).click();
    await expect(page.getByText(/^guest-.* is here$/)).toBeVisible();
  };

  test("starts in a document that was changed", async ({ page }) => {
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

  test("starts in a document without comments", async ({ page, noise }) => {
    await rewriteDocuments(page, (html) => html.replace(/<!--.*?-->|<!>|(<p>)Nobody is here/gs, "$1"));
    await page.goto("/", { waitUntil: "commit" });
    await isStarted(page);
    expect(await isRebuilt(page)).toBe(true);
    noise.length = 0;
  });

  test("answers a form that the browser has sent with its page", async ({ page, request }) => {
    const answer = await request.post("/", { form: { any: "thing" }, maxRedirects: 0 });
    expect([answer.status(), answer.headers()["location"]]).toEqual([303, "/?retry"]);
    await page.goto("/?retry");
    await expect(notSent(page)).toBeVisible();
    await isStarted(page);
  });
});
