/** A new upgrade: what is meant, what that would do, and then with the hash of what was looked at. */
import { useMutation } from '@tanstack/react-query';
import { useState, type ReactNode, type SyntheticEvent } from 'react';
import { useLocation } from 'wouter';
import { useKeyedReason } from '../keyed-reason.ts';
import { Trouble } from '../parts/trouble.tsx';
import { body, Refused, rest, type Schemas } from '../rest-client.ts';
import { useMayChange, useNeedsGroup } from '../session.tsx';
import { useTold } from '../status.tsx';
import { EMPTY_FORM, isPlannedAlike, missingIn, requestOf, type NewForm } from '../words/new-request.ts';
import { countOf } from '../words/times.ts';
import { NewFields } from './new/new-fields.tsx';
import { PlanPreview } from './new/plan-preview.tsx';

type Plan = Schemas['Plan'];

/** Milliseconds between two looks at a plan that takes longer. */
const LOOK_MS = 2_000;

export function NewPage(): ReactNode {
  const [form, setForm] = useState(EMPTY_FORM);
  /** The request that was planned: another form needs another plan. */
  const [planned, setPlanned] = useState<NewForm>();
  const planning = useMutation({ mutationFn: planOf, onSuccess: (_, asked) => setPlanned(asked) });
  const missing = missingIn(form);
  const submit = (event: SyntheticEvent): void => {
    event.preventDefault();
    if (missing === null) planning.mutate(form);
  };
  const plan = planned && isPlannedAlike(planned, form) ? planning.data : undefined;
  const count = plan?.summary?.operations;
  useTold(plan?.planID ?? '', count === undefined ? count : `It would upgrade ${countOf(count, 'runtime')}`);
  return (
    <main className="page">
      <title>New upgrade · Drydock</title>
      <h1>New upgrade</h1>
      <form className="form" onSubmit={submit}>
        <NewFields form={form} onChange={(changes) => setForm({ ...form, ...changes })} />
        {missing !== null && <p className="quiet">{missing}</p>}
        <p className="buttons">
          <button type="submit" className={plan ? '' : 'primary'} disabled={planning.isPending}>
            {planning.isPending ? 'Planning…' : 'Show what it would do'}
          </button>
          <span className="quiet">Nothing is upgraded by that.</span>
        </p>
      </form>
      {planning.error && <Trouble error={planning.error} />}
      {planning.isSuccess && !plan && (
        <p className="quiet">The request was changed: ask again what it would do.</p>
      )}
      {plan && (
        <>
          <PlanPreview plan={plan} />
          <Start form={form} plan={plan} />
        </>
      )}
    </main>
  );
}

async function planOf(form: NewForm): Promise<Plan> {
  const request = requestOf(form);
  let plan = await body(
    form.type === 'kyma'
      ? rest.POST('/upgrade/kyma/plan', { body: request })
      : rest.POST('/upgrade/cluster/plan', { body: request }),
  );
  while (plan.state === 'making') {
    await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
    plan = await body(rest.GET('/plans/{planID}', { params: { path: { planID: plan.planID } } }));
  }
  if (plan.state === 'failed') throw new Refused(409, { detail: plan.description });
  return plan;
}

function Start({ form, plan }: { form: NewForm; plan: Plan }): ReactNode {
  const [, go] = useLocation();
  const mayChange = useMayChange();
  const needsGroup = useNeedsGroup();
  const { key, reasonOf } = useKeyedReason();
  const starting = useMutation({
    mutationFn: async () => {
      const options = {
        params: { header: { 'Idempotency-Key': key } },
        body: { ...requestOf(form), planHash: plan.planHash ?? '', reason: reasonOf(form.reason.trim()) },
      };
      return body(
        form.type === 'kyma' ? rest.POST('/upgrade/kyma', options) : rest.POST('/upgrade/cluster', options),
      );
    },
    onSuccess: ({ orchestrationID }) => go(`/orchestrations/${orchestrationID}`),
  });
  const count = plan.summary?.operations ?? 0;
  return (
    <section aria-label="Start">
      {starting.error && <Trouble error={starting.error} />}
      <p className="buttons">
        <button
          type="button"
          className="primary"
          disabled={!mayChange || count === 0 || starting.isPending}
          aria-describedby="start-means"
          onClick={() => starting.mutate()}
        >
          {starting.isPending ? 'Starting…' : form.isDryRun ? 'Start the dry run' : 'Start this upgrade'}
        </button>
        <span id="start-means" className="quiet">
          {mayChange
            ? count === 0
              ? 'Nothing would be upgraded.'
              : 'If the fleet has changed by its turn, it pauses and says how.'
            : `This ${needsGroup}.`}
        </span>
      </p>
    </section>
  );
}
