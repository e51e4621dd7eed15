import { describe, expect, it } from 'vitest';
import { chromiumExpected, dist, inChromium, site } from './harness/opened.js';

describe.skipIf(!chromiumExpected)(`on hosts of all kinds, ${inChromium}`, () => {
  const here = site();

  it('makes maps where scripts may be loaded from trusted addresses only', async () => {
    const { page, close } = await here.open('', { serviceWorkers: 'block' });
    await page.route(here.served().address, async (route) => {
      const response = await route.fetch();
      const headers = {
        ...response.headers(),
        'content-security-policy': "require-trusted-types-for 'script'",
      };
      await route.fulfill({ response, headers });
    });
    await page.reload();
    await page.waitForSelector('.verdict');
    expect(await page.evaluate("try { new Worker('x'); 'allowed' } catch ({ name }) { name }")).toBe(
      'TypeError',
    );
    await page.getByRole('button', { name: 'Explore' }).click();
    await page.getByText('226 of 512 can run').waitFor();
    await close();
  });

  it('says that it needs a server where it is opened as a file', async () => {
    const { page, close } = await here.open();
    await page.waitForSelector('.verdict');
    expect(await page.getByText('This page needs a web server').count()).toBe(0);
    await page.goto(`file://${dist}index.html`);
    expect(await page.getByText('This page needs a web server').isVisible()).toBe(true);
    await close();
  });
});
