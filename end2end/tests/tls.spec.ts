// The login on a server that terminates TLS itself.
import { tlsSettings } from "../certificate.js";
import { accountMenu, expect, logOut, open, test, visit, waitUntilExpired, waitUntilReady } from "../fixtures.js";
import { startServer } from "../own-server.js";

test.use({ ignoreHTTPSErrors: true });

test("over TLS a guest stays logged in after a reload, with an expired token and in a second tab, and logs out in both tabs", async ({
  page, context, traffic, request,
}, info) => {
  const server = await startServer(info, { HANDSTAMP_ACCESS_TTL: "3s", ...tlsSettings() });
  try {
    await open(page, `${server.url}/`);
    await page.getByRole("button", { name: "Try it as a guest" }).click();
    const menu = accountMenu(page, "guest-");
    const guest = ((await menu.getAttribute("aria-label")) ?? "").split(" ").at(-1);
    const cookies = await context.cookies(`${server.url}/auth`);
    expect(cookies.length).toBeGreaterThan(0);
    expect(cookies.filter(({ secure }) => !secure)).toEqual([]);

    await page.reload();
    await expect(accountMenu(page, guest)).toBeVisible();
    await visit(page, "Profile", "Your profile");
    await expect.poll(() => traffic.lines().at(-1)).toBe("GET /api/profile 200");
    await waitUntilExpired(page, request, traffic.token());
    traffic.clear();
    await page.getByRole("button", { name: "Reload" }).click();
    await expect.poll(() => traffic.lines()).toEqual(["GET /api/profile 401", "POST /auth/refresh 200", "GET /api/profile 200"]);

    const tab = await context.newPage();
    await open(tab, `${server.url}/profile`);
    await expect(accountMenu(tab, guest)).toBeVisible();
    await logOut(tab);
    await expect(page).toHaveURL(`${server.url}/login?next=/profile`);
    await page.goto(`${server.url}/lab`);
    await waitUntilReady(page);
    await expect(page.getByRole("button", { name: "Log in as a guest" }).first()).toBeVisible();
  } finally {
    await server.stop();
  }
});
