import { type HttpResponse, redactUrl } from '../../providers/index.js';

/** Characters of an error's body that are looked at for its code, which is all that is shown of it. */
const ERROR_CHARACTERS = 4_096;
/** Characters that are shown of where a redirect leads. */
const PLACE_CHARACTERS = 200;

/** What an answer other than 2xx says, without credentials and without what else the server said. */
export function refusalText(answer: HttpResponse, asked: string): string {
  const { status, statusText, headers } = answer;
  const code = /<Code>(\w{1,64})<\/Code>/.exec(answer.text().slice(0, ERROR_CHARACTERS))?.[1];
  const reason = `${status} ${statusText}`.trim() + (code === undefined ? '' : ` (${code})`);
  return status >= 300 && status < 400 ? reason + redirectHint(headers, asked) : reason;
}

/**
 * Where a redirect leads is not where the bucket was said to be: a login page would take any request, and a signature is for
 * one host only.
 */
function redirectHint(headers: HttpResponse['headers'], asked: string): string {
  const location = headers['location'] ?? '';
  const target = URL.canParse(location, asked) ? new URL(location, asked).href : '';
  const place = location === '' ? '' : `, which leads to ${shownUrl(target)}`;
  const region = /^[a-z0-9-]{1,40}$/.exec(headers['x-amz-bucket-region'] ?? '')?.[0];
  const hint =
    region === undefined
      ? 'look at ASSAY_ARCHIVE_REGION and ASSAY_ARCHIVE_ENDPOINT'
      : `the bucket is in the region ${region}: set ASSAY_ARCHIVE_REGION`;
  return `${place}: redirects are not followed; ${hint}`;
}

const shownUrl = (url: string): string => redactUrl(url).slice(0, PLACE_CHARACTERS) || 'no URL';
