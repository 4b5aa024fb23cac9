// Chromium: draws a dashboard, takes its picture, and keeps what was complained of meanwhile.
import { accessSync, constants } from 'node:fs';
import { chromium } from 'playwright-core';
import { inspect } from './inspect.js';
import { scrapeInterval } from './stage.js';

/** Seconds for one dashboard; 40 panels on a busy machine have been seen to take 15. */
const patience = 60;

export async function open() {
  return chromium.launch({
    executablePath: browser(),
    // Chromium's own sandbox refuses to run as root, which is what CI is. It sees nothing but this page.
    chromiumSandbox: process.getuid?.() !== 0,
    args: ['--disable-gpu', '--disable-background-networking', '--disable-component-update', '--disable-sync', '--no-first-run', '--hide-scrollbars', '--font-render-hinting=none'],
  });
}

/** Gives the picture as PNG, what each panel shows, and the complaints of page and browser. */
export async function shoot(browser, server, { dashboard, panel, theme, width, from, to }) {
  const page = await browser.newPage({ viewport: { width, height: 1000 }, timezoneId: 'UTC', locale: 'en-US' });
  const complaints = [];
  page.on('console', (message) => message.type() === 'error' && complaints.push(message.text()));
  page.on('pageerror', (error) => complaints.push(error.stack ?? error.message));
  page.on('response', (response) => response.status() >= 400 && complaints.push(`${response.status()} for ${response.url()}`));
  page.on('requestfailed', (request) => complaints.push(`${request.failure()?.errorText} for ${request.url()}`));
  // What fails in the page may keep it from ever being ready.
  const broken = new Promise((resolve) => page.once('pageerror', resolve));
  try {
    const asked = new URLSearchParams({ dashboard, theme, from, to, scrape: scrapeInterval });
    if (panel !== undefined) {
      asked.set('panel', panel);
    }
    await page.goto(`${server.url}/?${asked}`);
    const settled = page.waitForFunction(() => window.clearpool?.complaints.length > 0 || window.clearpool?.settled(), undefined, {
      timeout: patience * 1000,
    });
    await Promise.race([settled, broken]).catch((error) => complaints.push(`it was not drawn: ${error.message}`));
    // As high as the dashboard, so that every panel is in view; then what came with that is awaited too.
    const height = await page.evaluate(() => document.getElementById('page')?.scrollHeight ?? 0);
    await page.setViewportSize({ width, height: Math.max(height, 200) });
    await page.evaluate(() => document.fonts.ready);
    await page.waitForTimeout(700);
    const panels = await page.evaluate(inspect);
    complaints.push(...(await page.evaluate(() => window.clearpool?.complaints ?? [])));
    const subject = panel === undefined || panels.length === 0 ? page : page.locator(`[data-viz-panel-key="${panels[0].key}"]`);
    const picture = await subject.screenshot({ animations: 'disabled' });
    return { picture, panels, complaints };
  } finally {
    await page.close();
  }
}

function browser() {
  const places = [process.env.CHROMIUM, '/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'];
  const found = places.find((place) => place && runs(place));
  if (found === undefined) {
    throw new Error('there is no Chromium here: install the package `chromium`, or name one by CHROMIUM=/path');
  }
  return found;
}

function runs(place) {
  try {
    accessSync(place, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
