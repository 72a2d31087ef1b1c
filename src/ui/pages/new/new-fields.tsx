import { useId, type ReactNode } from 'react';
import type { NewForm } from '../../words/new-request.ts';
import { TermsHere } from '../../parts/terms-here.tsx';
import { TargetCount } from './target-count.tsx';

interface FieldsProps {
  form: NewForm;
  onChange: (changes: Partial<NewForm>) => void;
}

export function NewFields(props: FieldsProps): ReactNode {
  return (
    <>
      <What {...props} />
      <Targets {...props} />
      <How {...props} />
      <TermsHere terms={['wave', 'soak', 'approval', 'Shoot']} />
    </>
  );
}

function What({ form, onChange }: FieldsProps): ReactNode {
  return (
    <fieldset>
      <legend>What</legend>
      <div className="row field">
        <label>
          Upgrade
          <select
            value={form.type}
            onChange={(event) => onChange({ type: event.target.value === 'kyma' ? 'kyma' : 'cluster' })}
          >
            <option value="kyma">Kyma</option>
            <option value="cluster">Kubernetes</option>
          </select>
        </label>
        <label>
          Version
          <input
            value={form.version}
            placeholder="that of the settings"
            onChange={(event) => onChange({ version: event.target.value })}
          />
        </label>
        <label>
          Reason
          <input
            value={form.reason}
            maxLength={1_000}
            placeholder="why it is done"
            onChange={(event) => onChange({ reason: event.target.value })}
          />
        </label>
        <Check
          words="Dry run: do everything but the upgrade itself"
          isOn={form.isDryRun}
          onChange={(isDryRun) => onChange({ isDryRun })}
        />
      </div>
    </fieldset>
  );
}

const SOUGHT: Record<NewForm['target'], { words: string; hint: string }> = {
  all: { words: 'the whole fleet', hint: '' },
  planName: { words: 'a plan', hint: 'azure' },
  region: { words: 'regions', hint: 'regular expression: ^europe-' },
  globalAccount: { words: 'global accounts', hint: 'regular expression' },
  shoot: { words: 'one Shoot', hint: 'c-00fcbjl' },
};

function Targets({ form, onChange }: FieldsProps): ReactNode {
  const { target, sought, exceptRegion } = form;
  return (
    <fieldset>
      <legend>Which runtimes</legend>
      <div className="row field">
        <label>
          Targets
          <select
            value={target}
            onChange={(event) => onChange({ target: event.target.value as NewForm['target'], sought: '' })}
          >
            {Object.entries(SOUGHT).map(([name, { words }]) => (
              <option key={name} value={name}>
                {words}
              </option>
            ))}
          </select>
        </label>
        {target !== 'all' && (
          <label>
            Which
            <input
              value={sought}
              placeholder={SOUGHT[target].hint}
              onChange={(event) => onChange({ sought: event.target.value })}
            />
          </label>
        )}
        <label>
          Except regions
          <input
            value={exceptRegion}
            placeholder="none; or ^us-"
            onChange={(event) => onChange({ exceptRegion: event.target.value })}
          />
        </label>
      </div>
      <TargetCount form={form} />
    </fieldset>
  );
}

function How({ form, onChange }: FieldsProps): ReactNode {
  return (
    <fieldset>
      <legend>How</legend>
      <div className="row field">
        <label>
          When
          <select
            value={form.schedule}
            onChange={(event) =>
              onChange({ schedule: event.target.value === 'immediate' ? 'immediate' : 'maintenanceWindow' })
            }
          >
            <option value="maintenanceWindow">each runtime in its window</option>
            <option value="immediate">at once</option>
          </select>
        </label>
        <Count
          words="At once, at most"
          value={form.workers}
          least={1}
          onChange={(workers) => onChange({ workers })}
        />
        <label>
          Tolerated failures
          <input
            inputMode="numeric"
            pattern="[0-9]*"
            value={form.mayFail}
            placeholder="any number"
            onChange={(event) => onChange({ mayFail: event.target.value })}
          />
        </label>
      </div>
      <div className="row field">
        <Count
          words="Runtimes of a canary wave (0: none)"
          value={form.canary}
          least={0}
          onChange={(canary) => onChange({ canary })}
        />
        {form.canary > 0 && (
          <>
            <Count
              words="Minutes that it soaks"
              value={form.soakMinutes}
              least={0}
              onChange={(soakMinutes) => onChange({ soakMinutes })}
            />
            <Check
              words="Somebody approves before the rest"
              isOn={form.isApproved}
              onChange={(isApproved) => onChange({ isApproved })}
            />
          </>
        )}
      </div>
    </fieldset>
  );
}

interface CountProps {
  words: string;
  value: number;
  least: number;
  onChange: (value: number) => void;
}

function Count({ words, value, least, onChange }: CountProps): ReactNode {
  return (
    <label>
      {words}
      <input
        type="number"
        min={least}
        required
        value={Number.isNaN(value) ? '' : value}
        onChange={(event) => onChange(event.target.valueAsNumber)}
      />
    </label>
  );
}

interface CheckProps {
  words: string;
  isOn: boolean;
  onChange: (isOn: boolean) => void;
}

function Check({ words, isOn, onChange }: CheckProps): ReactNode {
  const id = useId();
  return (
    <label className="check" htmlFor={id}>
      <input id={id} type="checkbox" checked={isOn} onChange={(event) => onChange(event.target.checked)} />
      {words}
    </label>
  );
}
