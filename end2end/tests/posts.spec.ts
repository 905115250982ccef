// Writing and deleting posts.
import type { Page } from "@playwright/test";
import { accountMenu, expect, logIn, logOut, open, signUp, test, visit } from "../fixtures.js";
import { servers } from "../servers.js";

test.use({ baseURL: servers.plain.url });

const compose = (page: Page) => page.getByLabel("What's on your mind?");
const post = (page: Page, text: string) => page.getByRole("list", { name: /^Posts/ }).getByRole("listitem").filter({ hasText: text });

test("a draft survives a reload, and is removed when it is sent", async ({ page, user }) => {
  await signUp(page, user);
  await visit(page, "Posts", "Posts");
  const text = `a draft of ${user.name}\nin two lines`;
  await compose(page).fill(text);
  await page.reload();
  await expect(compose(page)).toHaveValue(text);
  await page.getByRole("button", { name: "Post" }).click();
  await expect(post(page, user.name)).toHaveCount(1);
  await page.reload();
  await expect(post(page, user.name)).toHaveCount(1);
  await expect(compose(page)).toHaveValue("");
  expect(await page.evaluate(() => sessionStorage.length)).toBe(0);
});

test("a logout removes the draft, and another user never sees it", async ({ page, user, otherUser }) => {
  await signUp(page, user);
  await visit(page, "Posts", "Posts");
  await compose(page).fill("a secret of mine");
  await logOut(page);
  await expect(accountMenu(page)).toBeHidden();
  expect(await page.evaluate(() => JSON.stringify({ ...sessionStorage }))).not.toContain("secret");
  // As after a crash of the browser during the logout.
  await page.evaluate(() => sessionStorage.setItem("handstamp-draft", "another-user\na secret of mine"));
  await signUp(page, otherUser);
  await visit(page, "Posts", "Posts");
  await expect(compose(page)).toHaveValue("");
  await logOut(page);
  await expect(accountMenu(page)).toBeHidden();
  await open(page, "/login?next=/posts");
  await logIn(page, user);
  await expect(compose(page)).toHaveValue("");
});

test("a post that is too long is counted, and not cut or sent", async ({ page, user, traffic }) => {
  await signUp(page, user);
  await visit(page, "Posts", "Posts");
  await compose(page).focus();
  await page.evaluate(() => document.execCommand("insertText", false, "x".repeat(600)));
  await expect(compose(page)).toHaveValue("x".repeat(600));
  await expect(page.getByText("600 / 500")).toBeVisible();
  await expect(compose(page)).toHaveAccessibleDescription(/Your post is 100 characters too long\./);
  traffic.clear();
  await page.getByRole("button", { name: "Post" }).click();
  await expect(compose(page)).toBeFocused();
  await compose(page).fill("");
  await page.getByRole("button", { name: "Post" }).click();
  await expect(page.getByText("Write something first.")).toBeVisible();
  expect(traffic.lines().filter((line) => line.startsWith("POST /api/posts"))).toEqual([]);
});

test("an own post is marked, and can be deleted and restored", async ({ page, user }) => {
  await signUp(page, user);
  await visit(page, "Posts", "Posts");
  const text = `hello from ${user.name}`;
  await compose(page).fill(text);
  await page.getByRole("button", { name: "Post" }).click();
  await expect(post(page, text).getByText("You", { exact: true })).toBeVisible();
  await post(page, text).getByRole("button", { name: "Delete" }).click();
  await expect(post(page, text)).toHaveCount(0);
  await expect(page.getByRole("list", { name: /^Posts/ })).toBeFocused();
  await page.getByRole("status").getByRole("button", { name: "Undo" }).click();
  await expect(post(page, text)).toHaveCount(1);
  await post(page, text).getByRole("button", { name: "Delete" }).click();
  await expect(page.getByRole("status").getByText("Post deleted.")).toBeVisible();
  await page.reload();
  await expect(page.getByRole("heading", { name: "Posts", level: 1 })).toBeVisible();
  await expect(page.locator("[aria-busy=false].posts")).toBeVisible();
  await expect(post(page, text)).toHaveCount(0);
});

test("posts of other users can't be deleted", async ({ page, user, otherUser }) => {
  await signUp(page, user);
  await visit(page, "Posts", "Posts");
  await compose(page).fill(`by ${user.name}`);
  await page.getByRole("button", { name: "Post" }).click();
  await expect(post(page, `by ${user.name}`)).toHaveCount(1);
  await logOut(page);
  await expect(accountMenu(page)).toBeHidden();
  await signUp(page, otherUser);
  await visit(page, "Posts", "Posts");
  await expect(post(page, `by ${user.name}`)).toHaveCount(1);
  await expect(post(page, `by ${user.name}`).getByRole("button", { name: "Delete" })).toHaveCount(0);
});
