/** All that waits for somebody, each with the command that comes next. */
import { describePauses } from '../upgrades/rollout-control.ts';
import { minuteOf } from '../upgrades/windows.ts';
import type { Listed, WaitingNow } from './facts.ts';
import { code, inWords, line, said, strong, type Line } from './markdown-parts.ts';
import { counted, namedOf } from './upgrade-names.ts';

/** One line when nothing waits. */
export function waitingLines(waiting: WaitingNow, publicURL: string | undefined): Line[] {
  const lines = [
    ...everything(waiting),
    ...approvals(waiting, publicURL),
    ...paused(waiting, publicURL),
    ...failures(waiting, publicURL),
    ...stacks(waiting),
  ];
  return lines.length === 0 ? [line('Nothing.')] : lines;
}

function everything({ everything: pause }: WaitingNow): Line[] {
  if (!pause) return [];
  return [
    line(
      strong('Paused'),
      `: everything, by ${said(pause.by)} since ${minuteOf(pause.since)}${inWords(pause.reason)}. `,
      code('drydock queue resume'),
    ),
  ];
}

function approvals({ approvals: asked }: WaitingNow, publicURL: string | undefined): Line[] {
  return listed(asked, (one) =>
    line(
      strong('Approval'),
      `: wave ${said(one.wave)} of `,
      namedOf(one, publicURL),
      ` asks since ${minuteOf(one.askedAt)}${one.expiresAt === null ? '' : `, until ${minuteOf(one.expiresAt)}`}. `,
      code(`drydock approve ${one.orchestrationID}`),
    ),
  );
}

function paused({ paused: those }: WaitingNow, publicURL: string | undefined): Line[] {
  return listed(those, (one) => {
    const isBudget = one.pauses.some(({ code: reason }) => reason === 'budget');
    const resume = `drydock resume ${one.orchestrationID}${isBudget ? ' --acknowledge' : ''}`;
    return line(
      strong('Paused'),
      ': ',
      namedOf(one, publicURL),
      `, ${said(describePauses(one.pauses))}. `,
      code(resume),
    );
  });
}

function failures({ failures: those }: WaitingNow, publicURL: string | undefined): Line[] {
  return listed(those, (one) =>
    line(
      strong('Failures'),
      `: ${counted(one.failed, 'operation')} of `,
      namedOf(one, publicURL),
      `, which is ${one.state}. `,
      code(`drydock failures ${one.orchestrationID}`),
    ),
  );
}

function stacks({ stacks: names }: WaitingNow): Line[] {
  return listed(names, (name) =>
    line(strong('Stack in error'), `: ${said(name)}. `, code(`drydock stack show ${said(name)}`)),
  );
}

function listed<T>({ rows, total }: Listed<T>, toLine: (row: T) => Line): Line[] {
  const more = total - rows.length;
  const rest = more > 0 ? [line(`${more.toLocaleString('en-US')} more like the last one are left out`)] : [];
  return [...rows.map(toLine), ...rest];
}
