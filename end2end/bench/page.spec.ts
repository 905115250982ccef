import { readFile } from "node:fs/promises";
import { expect, open, signUp, test, waitUntilReady } from "../fixtures.js";

const folder = "../target/bench/page";
const median = (values: number[]) => [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)];
const print = (text: string) => test.info().annotations.push({ type: "measured", description: text });

interface BenchPage {
  default(options: object): Promise<void>;
  log_in(): Promise<void>;
  bare(path: string, calls: number): Promise<number>;
  intercepted(path: string, calls: number): Promise<number>;
}

test("the cost of the interceptor for a call", async ({ page }) => {
  for (const [file, contentType] of [["page.js", "text/javascript"], ["page_bg.wasm", "application/wasm"]]) {
    await page.route(`**/bench/${file}`, async (route) => route.fulfill({ contentType, body: await readFile(`${folder}/${file}`) }));
  }
  await open(page, "/");
  await page.evaluate(async () => {
    const path = "/bench/page.js";
    const bench = (await import(path)) as BenchPage;
    await bench.default({ module_or_path: "/bench/page_bg.wasm" });
    await bench.log_in();
  });
  // From here on Playwright no longer intercepts requests.
  await page.unrouteAll();
  const rounds = await page.evaluate(async () => {
    const path = "/bench/page.js";
    const bench = (await import(path)) as BenchPage;
    const calls = 200;
    const rounds: [number, number][] = [];
    for (let round = 0; round < 10; round++) {
      rounds.push([await bench.bare("/healthz", calls), await bench.intercepted("/healthz", calls)]);
    }
    // The first rounds are a warm-up.
    return rounds.slice(3).map(([bare, intercepted]) => [bare / calls, intercepted / calls]);
  });
  const bare = median(rounds.map(([bare]) => bare));
  const ratio = median(rounds.map(([bare, intercepted]) => intercepted / bare));
  print(`a call by fetch alone: ${bare.toFixed(3)} ms; through the interceptor: ${ratio.toFixed(2)} times as long`);
  expect(rounds.length).toBe(7);
});

test("the time from a reload to the restored login", async ({ page, user }) => {
  await page.addInitScript(() => {
    new MutationObserver((_, observer) => {
      if (!document.documentElement.hasAttribute("data-ready")) return;
      (window as never as { ready: number }).ready = performance.now();
      observer.disconnect();
    }).observe(document, { attributes: true, childList: true, subtree: true });
  });
  await signUp(page, user);
  const times: { ready: number; requested: number; responded: number }[] = [];
  for (let round = 0; round < 15; round++) {
    await page.reload();
    await waitUntilReady(page);
    const isTimed = () => performance.getEntriesByType("resource").some(({ name }) => name.endsWith("/auth/refresh"));
    await page.waitForFunction(isTimed);
    times.push(
      await page.evaluate(() => {
        const refresh = performance.getEntriesByType("resource").find(({ name }) => name.endsWith("/auth/refresh")) as PerformanceResourceTiming;
        const ready = (window as never as { ready: number }).ready;
        return { ready, requested: refresh.startTime, responded: refresh.responseEnd };
      }),
    );
  }
  const [ready, requested, refresh] = [
    median(times.map(({ ready }) => ready)),
    median(times.map(({ requested }) => requested)),
    median(times.map(({ requested, responded }) => responded - requested)),
  ];
  print(`from navigation to logged in after a reload: ${ready.toFixed(0)} ms; the page is hydrated and sends the refresh after ${requested.toFixed(0)} ms, the refresh takes ${refresh.toFixed(0)} ms`);
});
