/** The browsers that the system has, without a window. */
import puppeteer from 'puppeteer-core';

/** A name of this machine's that no browser takes for it. */
export const ELSEWHERE = 'sluice.test';
/** Nothing of it may look for a network. */
const QUIET = [
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-quic',
  '--disable-sync',
  '--no-first-run',
];
/** Root has no sandbox to give. */
const browsers = {
  chromium: {
    browser: 'chrome',
    executablePath: '/usr/bin/chromium',
    args: ['--no-sandbox', '--disable-gpu', `--host-resolver-rules=MAP ${ELSEWHERE} 127.0.0.1`, ...QUIET],
  },
  firefox: {
    browser: 'firefox',
    executablePath: '/usr/bin/firefox-esr',
    extraPrefsFirefox: { 'network.dns.localDomains': ELSEWHERE },
  },
};

export const launch = (name) => puppeteer.launch({ ...browsers[name], headless: true });

/** Gives `test` a page of its own, and says how it went. */
export async function tryPage(browser, what, test) {
  const page = await browser.newPage();
  page.on('console', (message) => console.log(`# ${message.text()}`));
  const thrown = [];
  page.on('pageerror', (error) => thrown.push(error));
  try {
    await test(page);
    if (thrown.length > 0 && what.startsWith('chromium')) throw thrown[0]; // nobody caught it; Firefox tells its own notices so, too
    console.log(`ok ${what}`);
  } catch (error) {
    console.log(`not ok ${what}\n${String(error.stack).replace(/^/gm, '  ')}`);
  }
  await page.close();
}

/** Tells each line of the page's console until it says `done`; rejects where it throws or crashes. */
export function untilDone(page, tell) {
  return new Promise((resolve, reject) => {
    page.on('console', (message) => {
      const text = message.text();
      if (text === 'done') resolve();
      else if (!text.startsWith('[vite]')) tell(text);
    });
    page.on('pageerror', reject);
    page.on('error', reject);
  });
}
