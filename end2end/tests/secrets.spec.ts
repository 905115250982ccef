import type { Request } from "@playwright/test";
import { expect, password, refreshCookie, signUp, test, visit } from "../fixtures.js";
import { servers } from "../servers.js";

test("the access token is in no storage, no DOM, no cookie and no address", async ({ page, person, wire }) => {
  const addresses: string[] = [];
  page.on("request", (request) => addresses.push(request.url()));
  await signUp(page, person);
  await visit(page, "Posts", "Posts");
  await visit(page, "Profile", "Your profile");
  await page.reload();
  await expect(page.getByText(person.email)).toBeVisible();

  const tokens = wire.seen.flatMap(({ bearer }) => bearer ?? []);
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
    expect(addresses.join("\n")).not.toContain(secret);
  }
  expect(await page.evaluate(() => [localStorage.length, sessionStorage.length])).toEqual([0, 0]);
});

test("the refresh token can't be read by script and is on no API call", async ({ page, person, context }) => {
  const finished: Request[] = [];
  page.on("requestfinished", (request) => finished.push(request));
  await signUp(page, person);
  await visit(page, "Profile", "Your profile");
  await page.reload();
  await expect(page.getByText(person.email)).toBeVisible();
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

test("no answer to the page carries a refresh token in its body", async ({ page, person }) => {
  const bodies: string[] = [];
  page.on("response", async (response) => {
    if (new URL(response.url()).pathname.startsWith("/auth")) bodies.push(await response.text().catch(() => ""));
  });
  await signUp(page, person);
  await page.reload();
  await expect(page.getByRole("button", { name: "Log out", exact: true })).toBeVisible();
  await expect.poll(() => bodies.length).toBeGreaterThan(1);
  expect(bodies.join("\n")).not.toContain("hsr_");
});
