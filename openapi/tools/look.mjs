// Opens a page in Chromium at several widths and says, as one JSON text, what it asked for and how it looks.
// node look.mjs CHROMIUM PAGE PICTURES WIDTH…
import { createRequire } from "node:module";
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { pathToFileURL } from "node:url";

const { chromium } = createRequire(join(process.env.TOOLS, "/"))("playwright-core");
const [executablePath, file, pictures, ...widths] = process.argv.slice(2);
const args = [
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
  // Nothing leaves this machine, whatever the page asks for.
  "--host-resolver-rules=MAP * ~NOTFOUND",
];
await mkdir(pictures, { recursive: true });
const url = pathToFileURL(file).href;
const browser = await chromium.launch({ executablePath, args });
const looks = [];
for (const width of widths.map(Number)) {
  const page = await browser.newPage({ viewport: { width, height: 900 } });
  const asked = [];
  const faults = [];
  page.on("request", (request) => asked.push(request.url()));
  page.on("websocket", (socket) => asked.push(socket.url()));
  page.on("pageerror", (error) => faults.push(String(error)));
  page.on("console", (message) => message.type() === "error" && faults.push(message.text()));
  await page.goto(url);
  const shown = page.locator("rapi-doc");
  await shown.locator(".m-endpoint, .expanded-endpoint").first().waitFor();
  // An operation is closed until someone wants to read it, and shows an accepted request.
  const closed = shown.locator(".endpoint-head.collapsed");
  while ((await closed.count()) > 0) {
    await closed.first().click();
  }
  for (const status of await shown.getByText("400", { exact: true }).filter({ visible: true }).all()) {
    await status.click();
  }
  const texts = [await read(page, join(pictures, `${width}.png`))];
  for (const tab of await shown.getByText("EXAMPLE", { exact: true }).filter({ visible: true }).all()) {
    await tab.click();
  }
  texts.push(await read(page, join(pictures, `${width}-examples.png`)));
  const wide = await page.evaluate(() => document.scrollingElement.scrollWidth);
  looks.push({ width, wide, asked: asked.filter((asked) => asked !== url && !asked.startsWith("data:")), faults, text: texts.join("\n") });
  await page.close();
}
await browser.close();
console.log(JSON.stringify(looks));

// The text that can be read, that inside of the page's own elements too, and a picture of it.
async function read(page, picture) {
  // A request that never ends is reported like any other.
  await page.waitForLoadState("networkidle", { timeout: 5000 }).catch(() => {});
  await page.screenshot({ path: picture, fullPage: true });
  return page.evaluate(() => {
    const inside = (root) => [...root.querySelectorAll("*")].filter((part) => part.shadowRoot);
    const text = (root) => [...root.children].map((part) => part.innerText ?? "").concat(inside(root).map((part) => text(part.shadowRoot)));
    return text(document.body).join("\n");
  });
}
