// Drives a page in a real Chromium and prints, as JSON, what was seen. Arguments: folder of the modules, the browser, the page.
import { pathToFileURL } from "node:url";
import { readFileSync } from "node:fs";
const [, , modules, browserPath, file] = process.argv;
const { chromium } = await import(pathToFileURL(`${modules}/playwright-core/index.mjs`).href);
const axe = readFileSync(`${modules}/axe-core/axe.min.js`, "utf8");
const browser = await chromium.launch({ executablePath: browserPath, args: ["--no-sandbox"] });
const seen = { errors: [], requests: [] };
const address = pathToFileURL(file).href;

async function open(options = {}, hash = "") {
  const context = await browser.newContext({ viewport: { width: 1280, height: 900 }, bypassCSP: false, ...options });
  const page = await context.newPage();
  page.on("pageerror", (error) => seen.errors.push(error.message));
  page.on("console", (message) => { if (message.type() === "error") seen.errors.push(message.text()); });
  page.on("dialog", (dialog) => { seen.errors.push(`dialog: ${dialog.message()}`); dialog.dismiss(); });
  page.on("request", (request) => { if (request.url().split("#")[0] !== address) seen.requests.push(request.url()); });
  await page.goto(address + hash);
  return page;
}
const heading = (page) => page.locator("article.dialogue h2").innerText();
const hash = (page) => page.evaluate(() => decodeURIComponent(location.hash));
const settle = (page) => page.waitForTimeout(250);

const page = await open();
seen.rows = await page.locator("#rows li").count();
seen.found = await page.locator("#found").innerText();

await page.fill("#search", "warranty");
await settle(page);
seen.searched = await page.locator("#rows li a .name span:first-child").allInnerTexts();
await page.fill("#search", "<b>bold</b>");
await settle(page);
seen.searchedMarkup = await page.locator("#rows li a .name span:first-child").allInnerTexts();
await page.fill("#search", "");
await settle(page);
await page.selectOption("#by-label", "changed");
seen.filtered = await page.locator("#rows li a .name span:first-child").allInnerTexts();
await page.selectOption("#by-label", "differs");
seen.differing = await page.locator("#rows li a .name span:first-child").allInnerTexts();
await page.selectOption("#by-label", "");
await page.evaluate(() => document.activeElement.blur());

await page.keyboard.press("j");
await settle(page);
seen.afterJ = await heading(page);
await page.keyboard.press("j");
await settle(page);
seen.afterJJ = await heading(page);
await page.keyboard.press("k");
await settle(page);
seen.afterK = await heading(page);
await page.keyboard.press("n");
await settle(page);
seen.afterN = await hash(page);
await page.keyboard.press("p");
await settle(page);
seen.afterP = await hash(page);
await page.keyboard.press("/");
seen.slashFocuses = await page.evaluate(() => document.activeElement.id);
await page.keyboard.type("changed");
await settle(page);
await page.keyboard.press("Enter");
await settle(page);
seen.entered = await heading(page);
await page.keyboard.press("?");
seen.helpOpens = await page.evaluate(() => document.getElementById("help").open);
await page.keyboard.press("Escape");
await page.keyboard.press("o");
seen.overview = await page.locator(".view .overview").count();

const linked = await open({}, `#${encodeURIComponent("hostile@scripted#0")}:1`);
await settle(linked);
seen.linked = await heading(linked);
seen.linkedTurn = await linked.locator(".turn.here").getAttribute("data-turn");
seen.scriptsRun = await linked.evaluate(() => window.pwned === undefined);
seen.alien = await linked.locator(".view img, .view script, .view b.injected, .view a[href^=javascript]").count();

const dark = await open({ colorScheme: "dark" });
seen.light = await page.evaluate(() => getComputedStyle(document.documentElement).backgroundColor);
seen.dark = await dark.evaluate(() => getComputedStyle(document.documentElement).backgroundColor);

const narrow = await open({ viewport: { width: 400, height: 800 } });
seen.narrowOverflow = await narrow.evaluate(() => document.documentElement.scrollWidth - innerWidth);
await narrow.locator("#rows li a").first().click();
await settle(narrow);
seen.narrowReads = await narrow.locator("article.dialogue").isVisible();
seen.narrowDialogueOverflow = await narrow.evaluate(() => document.documentElement.scrollWidth - innerWidth);
await narrow.locator(".back").click();
seen.narrowOverview = await narrow.locator("#home").click().then(() => narrow.locator(".figures").isVisible());
await narrow.locator(".back").click();
seen.narrowBack = await narrow.locator("#rows li a").first().isVisible();

const without = await open({ javaScriptEnabled: false });
seen.withoutScripts = await without.locator("body").innerText();

seen.violations = [];
for (const [name, one] of [["light", page], ["dark", dark], ["dialogue", linked], ["narrow", narrow]]) {
  await one.evaluate(axe);
  const report = await one.evaluate(() => globalThis.axe.run(document, { resultTypes: ["violations"] }));
  for (const each of report.violations) seen.violations.push(`${name}: ${each.impact}: ${each.id}: ${each.nodes[0].html.slice(0, 120)}`);
}
await browser.close();
console.log(JSON.stringify(seen));
