import type { Request } from "@playwright/test";
import { accountMenu, expect, password, refreshCookie, signUp, test, visit } from "../fixtures.js";
import { servers } from "../servers.js";

test("the access token is in no storage, DOM, cookie or URL", async ({ page, user, traffic }) => {
  const urls: string[] = [];
  page.on("request", (request) => urls.push(request.url()));
  await signUp(page, user);
  await visit(page, "Posts", "Posts");
  await visit(page, "Profile", "Your profile");
  await page.reload();
  await expect(page.getByText(user.email)).toBeVisible();

  const tokens = traffic.exchanges.flatMap(({ bearer }) => bearer ?? []);
  expect(tokens.length).toBeGreaterThan(1);
  const places = await page.evaluate(async () => {
    const databases = await indexedDB.databases();
    const caches_ = await caches.keys();
    return JSON.stringify({
      local: { ...localStorage },
      session: { ...sessionStorage },
      databases,
      caches_,
      cookie: document.cookie,
      html: document.documentElement.outerHTML,
      url: location.href,
      history: history.state,
      globals: Object.keys(window).map((key) => String((window as never)[key])),
    });
  });
  for (const secret of [...tokens, "eyJ", "hsr_", password]) {
    expect(places).not.toContain(secret);
    expect(urls.join("\n")).not.toContain(secret);
  }
  expect(await page.evaluate(() => [localStorage.length, sessionStorage.length])).toEqual([0, 0]);
});

test("scripts can't read the refresh token, and no API call carries it", async ({ page, user, context }) => {
  const finished: Request[] = [];
  page.on("requestfinished", (request) => finished.push(request));
  await signUp(page, user);
  await visit(page, "Profile", "Your profile");
  await page.reload();
  await expect(page.getByText(user.email)).toBeVisible();
  await visit(page, "Posts", "Posts");
  const jar = await context.cookies(`${servers.short.url}/auth`);
  const token = jar.find(({ name }) => name === refreshCookie(servers.short.url))?.value;
  expect(token).toMatch(/^hsr_/);
  expect(await page.evaluate(() => document.cookie)).not.toContain("handstamp_refresh");
  const path = (request: Request) => new URL(request.url()).pathname;
  await expect.poll(() => finished.map(path)).toContain("/api/posts");
  const carried: string[] = [];
  for (const request of [...finished]) {
    const cookie = (await request.allHeaders())["cookie"] ?? "";
    if (cookie.includes(refreshCookie(servers.short.url))) carried.push(path(request));
  }
  expect(carried).toContain("/auth/refresh");
  expect(carried.filter((place) => !place.startsWith("/auth/"))).toEqual([]);
});

test("no response body of the cookie API contains a refresh token", async ({ page, user }) => {
  const bodies: string[] = [];
  page.on("response", async (response) => {
    if (new URL(response.url()).pathname.startsWith("/auth")) bodies.push(await response.text().catch(() => ""));
  });
  await signUp(page, user);
  await page.reload();
  await expect(accountMenu(page)).toBeVisible();
  await expect.poll(() => bodies.length).toBeGreaterThan(1);
  expect(bodies.join("\n")).not.toContain("hsr_");
});
