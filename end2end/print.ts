// The colours of a printed page.
import { expect, type Page } from "@playwright/test";

/** The texts of a page with a contrast to white below 4.5 (WCAG 2.2, 1.4.3). */
function paleTexts() {
  const channel = (value: number) => (value <= 0.03928 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4);
  const contrastWithWhite = (color: string) => {
    const [red, green, blue] = (color.match(/[\d.]+/g) ?? []).map((part) => channel(Number(part) / 255));
    return 1.05 / (0.2126 * red! + 0.7152 * green! + 0.0722 * blue! + 0.05);
  };
  const hasText = (element: Element) => Array.from(element.childNodes).some((node) => node.nodeType === Node.TEXT_NODE && node.textContent!.trim());
  return Array.from(document.body.querySelectorAll<HTMLElement>("*"))
    .filter((element) => element.checkVisibility() && hasText(element))
    .map((element) => [element.textContent!.slice(0, 40), getComputedStyle(element).color] as const)
    .filter(([, color]) => contrastWithWhite(color) < 4.5);
}

export async function expectDarkOnWhite(page: Page) {
  expect(await page.evaluate(() => getComputedStyle(document.documentElement).backgroundColor)).toBe("rgb(255, 255, 255)");
  expect(await page.evaluate(paleTexts), page.url()).toEqual([]);
}
