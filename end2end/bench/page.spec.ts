import { readFile } from "node:fs/promises";
import { awake, expect, open, signUp, test } from "../fixtures.js";

const program = "../target/bench/page";
const median = (values: number[]) => [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)];
const print = (text: string) => test.info().annotations.push({ type: "measured", description: text });

interface Program {
  default(options: object): Promise<void>;
  log_in(): Promise<void>;
  bare(path: string, calls: number): Promise<number>;
  intercepted(path: string, calls: number): Promise<number>;
}

test("what the interceptor costs a call", async ({ page }) => {
  for (const [file, contentType] of [["page.js", "text/javascript"], ["page_bg.wasm", "application/wasm"]]) {
    await page.route(`**/bench/${file}`, async (route) => route.fulfill({ contentType, body: await readFile(`${program}/${file}`) }));
  }
  await open(page, "/");
  await page.evaluate(async () => {
    const path = "/bench/page.js";
    const program = (await import(path)) as Program;
    await program.default({ module_or_path: "/bench/page_bg.wasm" });
    await program.log_in();
  });
  // From here on nothing stands between the page and the server.
  await page.unrouteAll();
  const rounds = await page.evaluate(async () => {
    const path = "/bench/page.js";
    const program = (await import(path)) as Program;
    const calls = 200;
    const rounds: [number, number][] = [];
    for (let round = 0; round < 10; round++) {
      rounds.push([await program.bare("/healthz", calls), await program.intercepted("/healthz", calls)]);
    }
    // The first rounds warm up.
    return rounds.slice(3).map(([bare, intercepted]) => [bare / calls, intercepted / calls]);
  });
  const bare = median(rounds.map(([bare]) => bare));
  const ratio = median(rounds.map(([bare, intercepted]) => intercepted / bare));
  print(`a call by fetch alone: ${bare.toFixed(3)} ms; through the interceptor: ${ratio.toFixed(2)} times as long`);
  expect(rounds.length).toBe(7);
});

test("how long a reload takes until the person is logged in again", async ({ page, person }) => {
  await page.addInitScript(() => {
    new MutationObserver((_, observer) => {
      if (!document.documentElement.hasAttribute("data-ready")) return;
      (window as never as { ready: number }).ready = performance.now();
      observer.disconnect();
    }).observe(document, { attributes: true, childList: true, subtree: true });
  });
  await signUp(page, person);
  const times: { ready: number; asked: number; answered: number }[] = [];
  for (let round = 0; round < 15; round++) {
    await page.reload();
    await awake(page);
    const isTimed = () => performance.getEntriesByType("resource").some(({ name }) => name.endsWith("/auth/refresh"));
    await page.waitForFunction(isTimed);
    times.push(
      await page.evaluate(() => {
        const refresh = performance.getEntriesByType("resource").find(({ name }) => name.endsWith("/auth/refresh")) as PerformanceResourceTiming;
        const ready = (window as never as { ready: number }).ready;
        return { ready, asked: refresh.startTime, answered: refresh.responseEnd };
      }),
    );
  }
  const [ready, asked, refresh] = [
    median(times.map(({ ready }) => ready)),
    median(times.map(({ asked }) => asked)),
    median(times.map(({ asked, answered }) => answered - asked)),
  ];
  print(`from navigation to logged in after a reload: ${ready.toFixed(0)} ms; the page is awake and asks after ${asked.toFixed(0)} ms, the refresh takes ${refresh.toFixed(0)} ms`);
});
