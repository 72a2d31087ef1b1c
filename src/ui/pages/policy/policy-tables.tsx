/** A maintenance policy as tables, for those who want to know what holds and not to change it. */
import type { ReactNode } from 'react';
import type { Schemas } from '../../rest-client.ts';
import { useShootNames } from '../../shoot-names.ts';
import { numberOf } from '../../words/times.ts';
import { daysOf, hoursOf, momentOf, whomOf, zoneOf } from '../../words/policy-words.ts';

type Policy = Schemas['MaintenancePolicy'];
type Rule = NonNullable<Policy['rules']>[number];

/** Entries that are shown of each list; the text has all of them. */
const MOST_SHOWN = 100;

export function PolicyTables({ policy }: { policy: Policy }): ReactNode {
  return (
    <section aria-labelledby="policy-holds">
      <h2 id="policy-holds">What holds</h2>
      <Rules policy={policy} />
      <Freezes freezes={policy.freezes ?? []} />
      <OptOuts optOut={policy.optOut ?? []} />
    </section>
  );
}

interface TableProps {
  title: string;
  heads: readonly string[];
  rows: readonly (readonly string[])[];
  /** Said where there are none. */
  none: string;
}

/** Rows never change their places while they are shown: their position is their key. */
function EntryTable({ title, heads, rows, none }: TableProps): ReactNode {
  if (rows.length === 0) return <p className="quiet">{none}</p>;
  return (
    <div className="table" tabIndex={0} role="group" aria-label={title}>
      <table>
        <caption>{title}</caption>
        <thead>
          <tr>
            {heads.map((head) => (
              <th key={head} scope="col">
                {head}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.slice(0, MOST_SHOWN).map(([name, ...cells], position) => (
            <tr key={position}>
              <th scope="row">{name}</th>
              {cells.map((cell, column) => (
                <td key={heads[column + 1]} className="entry">
                  {cell}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
      {rows.length > MOST_SHOWN && (
        <p className="quiet">and {numberOf(rows.length - MOST_SHOWN)} more, which the text below has</p>
      )}
    </div>
  );
}

function Rules({ policy }: { policy: Policy }): ReactNode {
  const rules = (policy.rules ?? []).map((rule, index) => ruleRow(`rule ${index + 1}`, whomOf(rule), rule));
  const others = 'those without a rule, and without a window of their Shoot';
  const rows = policy.default ? [...rules, ruleRow('default', others, policy.default)] : rules;
  return (
    <EntryTable
      title="Rules: the first one that matches a runtime says when its windows are"
      heads={['Rule', 'For', 'Days', 'Hours', 'Zone', 'Nothing begins']}
      rows={rows}
      none="No rules: the window of each Shoot counts."
    />
  );
}

function ruleRow(name: string, whom: string, rule: Omit<Rule, 'match'>): string[] {
  const cutoff = rule.cutoff ? `in its last ${rule.cutoff}` : '–';
  return [name, whom, daysOf(rule), hoursOf(rule), zoneOf(rule), cutoff];
}

function Freezes({ freezes }: { freezes: NonNullable<Policy['freezes']> }): ReactNode {
  return (
    <EntryTable
      title="Freezes: nothing begins meanwhile"
      heads={['Freeze', 'For', 'From', 'Until', 'Reason']}
      rows={freezes.map((freeze) => [
        freeze.name ?? '',
        whomOf(freeze),
        momentOf(freeze.from, freeze.timeZone),
        momentOf(freeze.to, freeze.timeZone),
        freeze.reason ?? '',
      ])}
      none="No freezes."
    />
  );
}

function OptOuts({ optOut }: { optOut: NonNullable<Policy['optOut']> }): ReactNode {
  const shoots = useShootNames(optOut.slice(0, MOST_SHOWN).map(({ runtimeID }) => runtimeID));
  return (
    <EntryTable
      title="Opt-outs: left out until a time"
      heads={['For', 'Until', 'Reason']}
      rows={optOut.map((entry) => [
        whomOf(entry, shoots),
        momentOf(entry.until, entry.timeZone),
        entry.reason ?? '',
      ])}
      none="No opt-outs."
    />
  );
}
