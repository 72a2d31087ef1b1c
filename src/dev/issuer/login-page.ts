/** Choices of the login page. */
export interface LoginPage {
  /** The path that the form is sent to. */
  action: string;
  /** The application that asks for a login. */
  clientID: string;
  /** The subject that stands in the field at first. */
  subject: string;
  /** The groups to pick from; the first one is picked at first. */
  groups: readonly string[];
  /** Why the form is shown again. */
  problem?: string;
}

/** Sent with every page of the issuer: nothing from elsewhere, no scripts, no framing. */
export const PAGE_HEADERS = {
  'content-type': 'text/html; charset=utf-8',
  'cache-control': 'no-store',
  'content-security-policy':
    "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'; base-uri 'none'",
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
} as const;

/** The page on which one picks who to be. */
export function renderLoginPage(page: LoginPage): string {
  const boxes = page.groups.map(
    (group, position) =>
      `<label class="box"><input type="checkbox" name="group" value="${escapeHTML(group)}"${position === 0 ? ' checked' : ''}> ${escapeHTML(group)}</label>`,
  );
  const problem = page.problem === undefined ? '' : `<p role="alert">${escapeHTML(page.problem)}</p>`;
  return renderPage(
    'Sign in',
    `<p><strong>${escapeHTML(page.clientID)}</strong> asks who you are. This issuer is for trying things out: it asks for no password.</p>
${problem}<form method="post" action="${escapeHTML(page.action)}">
<label for="subject">Subject</label>
<input id="subject" name="subject" value="${escapeHTML(page.subject)}" required maxlength="200" autofocus autocomplete="off">
<fieldset><legend>Groups</legend>
${boxes.join('\n')}
<label for="others">Others, separated by blanks</label>
<input id="others" name="others" maxlength="2000" autocomplete="off">
</fieldset>
<button>Sign in</button>
</form>`,
  );
}

/** A page that says what went wrong and what to do next. */
export function renderProblemPage(problem: string): string {
  return renderPage('This did not work', `<p role="alert">${escapeHTML(problem)}</p>`);
}

/** The page on which the code of a device is typed. `form` is the issuer's own, with the ID `op.deviceInputForm`. */
export function renderCodePage(form: string, problem?: string): string {
  const said = problem === undefined ? '' : `<p role="alert">${escapeHTML(problem)}</p>`;
  return renderPage(
    'Sign in a terminal',
    `${said}<p>Type the code that stands in the terminal.</p>
${form}
<button form="op.deviceInputForm">Continue</button>`,
  );
}

/** Asks whether the code is that of the person's own device. `form` is likewise `op.deviceConfirmForm`. */
export function renderConfirmPage(form: string, clientID: string, userCode: string): string {
  return renderPage(
    'Sign in a terminal',
    `<p><strong>${escapeHTML(clientID)}</strong> asks to be signed in. Does this code stand in your terminal?</p>
<p><code>${escapeHTML(userCode)}</code></p>
${form}
<button form="op.deviceConfirmForm" autofocus>Yes</button>
<button form="op.deviceConfirmForm" name="abort" value="yes">No</button>`,
  );
}

export function renderSignedInPage(): string {
  return renderPage('Signed in', '<p>Go back to the terminal. This window can be closed.</p>');
}

function renderPage(title: string, body: string): string {
  return `<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1"><title>${title} – Drydock</title>
<style>
:root { color-scheme: light dark; font: 16px/1.5 system-ui, sans-serif; }
main { max-width: 26rem; margin: 12vh auto 0; padding: 0 1rem; }
label { display: block; margin-top: .75rem; }
input:not([type=checkbox]) { box-sizing: border-box; width: 100%; padding: .5rem; font: inherit; }
fieldset { margin: 1rem 0; border: 1px solid; border-radius: .25rem; }
button { padding: .5rem 1.5rem; font: inherit; }
[role=alert] { border-left: .25rem solid #c33; padding-left: .75rem; }
</style></head>
<body><main><h1>${title}</h1>
${body}
</main></body></html>
`;
}

function escapeHTML(text: string): string {
  return text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}
