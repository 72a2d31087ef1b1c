/** Made of the OpenAPI document by `npm run ui:types`: not to be changed by hand. */
export interface paths {
  '/upgrade/kyma': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    get?: never;
    put?: never;
    /** Upgrade Kyma */
    post: {
      parameters: {
        query?: never;
        header?: {
          'Idempotency-Key'?: string;
        };
        path?: never;
        cookie?: never;
      };
      requestBody: {
        content: {
          'application/json': components['schemas']['UpgradeKyma'];
        };
      };
      responses: {
        202: {
          headers: {
            [name: string]: unknown;
          };
          content: {
            'application/json': components['schemas']['Created'];
          };
        };
        default: components['responses']['Refused'];
      };
    };
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/upgrade/cluster': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    get?: never;
    put?: never;
    /** Upgrade the clusters */
    post: {
      parameters: {
        query?: never;
        header?: {
          'Idempotency-Key'?: string;
        };
        path?: never;
        cookie?: never;
      };
      requestBody: {
        content: {
          'application/json': components['schemas']['UpgradeCluster'];
        };
      };
      responses: {
        202: {
          headers: {
            [name: string]: unknown;
          };
          content: {
            'application/json': components['schemas']['Created'];
          };
        };
        default: components['responses']['Refused'];
      };
    };
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/upgrade/kyma/plan': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    get?: never;
    put?: never;
    /** The plan of an upgrade of Kyma */
    post: {
      parameters: {
        query?: never;
        header?: never;
        path?: never;
        cookie?: never;
      };
      requestBody: {
        content: {
          'application/json': components['schemas']['PlanKyma'];
        };
      };
      responses: {
        200: {
          headers: {
            [name: string]: unknown;
          };
          content: {
            'application/json': components['schemas']['Plan'];
          };
        };
        202: {
          headers: {
            Location: string;
            [name: string]: unknown;
          };
          content: {
            'application/json': components['schemas']['Plan'];
          };
        };
        default: components['responses']['Refused'];
      };
    };
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/upgrade/cluster/plan': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    get?: never;
    put?: never;
    /** The plan of an upgrade of the clusters */
    post: {
      parameters: {
        query?: never;
        header?: never;
        path?: never;
        cookie?: never;
      };
      requestBody: {
        content: {
          'application/json': components['schemas']['PlanCluster'];
        };
      };
      responses: {
        200: {
          headers: {
            [name: string]: unknown;
          };
          content: {
            'application/json': components['schemas']['Plan'];
          };
        };
        202: {
          headers: {
            Location: string;
            [name: string]: unknown;
          };
          content: {
            'application/json': components['schemas']['Plan'];
          };
        };
        default: components['responses']['Refused'];
      };
    };
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/plans/{planID}': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /** One plan */
    get: {
      parameters: {
        query?: never;
        header?: never;
        path: {
          planID: string;
        };
        cookie?: never;
      };
      requestBody?: never;
      responses: {
        200: {
          headers: {
            [name: string]: unknown;
          };
          content: {
            'application/json': components['schemas']['Plan'];
          };
        };
        default: components['responses']['Refused'];
      };
    };
    put?: never;
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/plans/{planID}/excluded': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /** The Shoots that the plan leaves out, and why */
    get: {
      parameters: {
        query?: {
          page?: number;
          page_size?: number;
          reason?:
            | 'no runtime ID'
            | 'runtime ID too long'
            | 'being deleted'
            | 'hibernated'
            | 'never finished creating'
            | 'unreadable maintenance window'
            | 'runtime ID of another Shoot'
            | 'opted out'
            | 'frozen'
            | 'no maintenance window'
            | 'excluded by targets'
            | 'more than one minor version behind'
            | 'Kubernetes version not offered'
            | 'machine image not offered'
            | 'no cloud profile';
          search?: string;
        };
        header?: never;
        path: {
          planID: string;
        };
        cookie?: never;
      };
      requestBody?: never;
      responses: {
        200: {
          headers: {
            [name: string]: unknown;
          };
          content: {
            'application/json': components['schemas']['LeftOutPage'];
          };
        };
        default: components['responses']['Refused'];
      };
    };
    put?: never;
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/orchestrations/{orchestrationID}/excluded': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /** The Shoots that the orchestration has left out, and why */
    get: {
      parameters: {
        query?: {
          page?: number;
          page_size?: number;
          reason?:
            | 'no runtime ID'
            | 'runtime ID too long'
            | 'being deleted'
            | 'hibernated'
            | 'never finished creating'
            | 'unreadable maintenance window'
            | 'runtime ID of another Shoot'
            | 'opted out'
            | 'frozen'
            | 'no maintenance window'
            | 'excluded by targets'
            | 'more than one minor version behind'
            | 'Kubernetes version not offered'
            | 'machine image not offered'
            | 'no cloud profile';
          search?: string;
        };
        header?: never;
        path: {
          orchestrationID: string;
        };
        cookie?: never;
      };
      requestBody?: never;
      responses: {
        200: {
          headers: {
            [name: string]: unknown;
          };
          content: {
            'application/json': components['schemas']['LeftOutPage'];
          };
        };
        default: components['responses']['Refused'];
      };
    };
    put?: never;
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/orchestrations/{orchestrationID}/runtimes/{runtimeID}': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /** Why a runtime is in the orchestration, or why it is not */
    get: {
      parameters: {
        query?: never;
        header?: never;
        path: {
          orchestrationID: string;
          runtimeID: string;
        };
        cookie?: never;
      };
      requestBody?: never;
      responses: {
        200: {
          headers: {
            [name: string]: unknown;
          };
          content: {
            'application/json': components['schemas']['RuntimeInOrchestration'];
          };
        };
        default: components['responses']['Refused'];
      };
    };
    put?: never;
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/queue': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /** Lanes, who has their turns, and who waits */
    get: {
      parameters: {
        query?: never;
        header?: never;
        path?: never;
        cookie?: never;
      };
      requestBody?: never;
      responses: {
        200: {
          headers: {
            [name: string]: unknown;
          };
          content: {
            'application/json': components['schemas']['Queue'];
          };
        };
        default: components['responses']['Refused'];
      };
    };
    put?: never;
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/queue/pause': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    get?: never;
    /** Pause everything */
    put: {
      parameters: {
        query?: never;
        header?: never;
        path?: never;
        cookie?: never;
      };
      requestBody?: {
        content: {
          'application/json': components['schemas']['PauseQueue'];
        };
      };
      responses: {
        200: {
          headers: {
            [name: string]: unknown;
          };
          content: {
            'application/json': components['schemas']['QueueControl'];
          };
        };
        default: components['responses']['Refused'];
      };
    };
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/queue/resume': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    get?: never;
    /** Let everything go on */
    put: {
      parameters: {
        query?: never;
        header?: never;
        path?: never;
        cookie?: never;
      };
      requestBody?: {
        content: {
          'application/json': components['schemas']['ResumeQueue'];
        };
      };
      responses: {
        200: {
          headers: {
            [name: string]: unknown;
          };
          content: {
            'application/json': components['schemas']['QueueControl'];
          };
        };
        default: components['responses']['Refused'];
      };
    };
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/queue/{orchestrationID}/front': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    get?: never;
    /** Move an orchestration that waits to the front of its lane */
    put: {
      parameters: {
        query?: never;
        header?: never;
        path: {
          orchestrationID: string;
        };
        cookie?: never;
      };
      requestBody?: {
        content: {
          'application/json': components['schemas']['Front'];
        };
      };
      responses: {
        200: {
          headers: {
            [name: string]: unknown;
          };
          content: {
            'application/json': components['schemas']['Controlled'];
          };
        };
        default: components['responses']['Refused'];
      };
    };
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/orchestrations': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /** All orchestrations, newest first */
    get: {
      parameters: {
        query?: {
          page?: number;
          page_size?: number;
          state?: (
            'pending' | 'in progress' | 'canceling' | 'canceled' | 'retrying' | 'succeeded' | 'failed'
          )[];
          failedSince?: string;
        };
        header?: never;
        path?: never;
        cookie?: never;
      };
      requestBody?: never;
      responses: {
        200: {
          headers: {
            'X-Total-Count': number;
            [name: string]: unknown;
          };
          content: {
            'application/json':
              components['schemas']['Orchestration'][] | components['schemas']['OrchestrationPage'];
          };
        };
        default: components['responses']['Refused'];
      };
    };
    put?: never;
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/orchestrations/{orchestrationID}': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /** The status of one orchestration */
    get: {
      parameters: {
        query?: never;
        header?: never;
        path: {
          orchestrationID: string;
        };
        cookie?: never;
      };
      requestBody?: never;
      responses: {
        200: {
          headers: {
            [name: string]: unknown;
          };
          content: {
            'application/json': components['schemas']['OrchestrationDetail'];
          };
        };
        default: components['responses']['Refused'];
      };
    };
    put?: never;
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/orchestrations/{orchestrationID}/cancel': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    get?: never;
    /** Cancel an orchestration */
    put: {
      parameters: {
        query?: never;
        header?: never;
        path: {
          orchestrationID: string;
        };
        cookie?: never;
      };
      requestBody?: {
        content: {
          'application/json': components['schemas']['Cancel'];
        };
      };
      responses: {
        200: {
          headers: {
            [name: string]: unknown;
          };
          content: {
            'application/json': components['schemas']['Canceled'];
          };
        };
        default: components['responses']['Refused'];
      };
    };
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/orchestrations/{orchestrationID}/pause': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    get?: never;
    /** Pause an orchestration */
    put: {
      parameters: {
        query?: never;
        header?: never;
        path: {
          orchestrationID: string;
        };
        cookie?: never;
      };
      requestBody?: {
        content: {
          'application/json': components['schemas']['Pause'];
        };
      };
      responses: {
        200: {
          headers: {
            [name: string]: unknown;
          };
          content: {
            'application/json': components['schemas']['Controlled'];
          };
        };
        default: components['responses']['Refused'];
      };
    };
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/orchestrations/{orchestrationID}/resume': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    get?: never;
    /** Resume a paused orchestration */
    put: {
      parameters: {
        query?: never;
        header?: never;
        path: {
          orchestrationID: string;
        };
        cookie?: never;
      };
      requestBody?: {
        content: {
          'application/json': components['schemas']['Resume'];
        };
      };
      responses: {
        200: {
          headers: {
            [name: string]: unknown;
          };
          content: {
            'application/json': components['schemas']['Controlled'];
          };
        };
        default: components['responses']['Refused'];
      };
    };
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/orchestrations/{orchestrationID}/rest': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    get?: never;
    put?: never;
    /** Create an orchestration of what another one has left unfinished */
    post: {
      parameters: {
        query?: never;
        header?: {
          'Idempotency-Key'?: string;
        };
        path: {
          orchestrationID: string;
        };
        cookie?: never;
      };
      requestBody?: {
        content: {
          'application/json': components['schemas']['RestOf'];
        };
      };
      responses: {
        202: {
          headers: {
            [name: string]: unknown;
          };
          content: {
            'application/json': components['schemas']['Created'];
          };
        };
        default: components['responses']['Refused'];
      };
    };
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/orchestrations/{orchestrationID}/approvals/{number}': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    get?: never;
    put?: never;
    /** Answer whether the next wave may run */
    post: {
      parameters: {
        query?: never;
        header?: never;
        path: {
          orchestrationID: string;
          number: number;
        };
        cookie?: never;
      };
      requestBody: {
        content: {
          'application/json': components['schemas']['Answer'];
        };
      };
      responses: {
        200: {
          headers: {
            [name: string]: unknown;
          };
          content: {
            'application/json': components['schemas']['Controlled'];
          };
        };
        default: components['responses']['Refused'];
      };
    };
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/orchestrations/{orchestrationID}/retry': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    get?: never;
    put?: never;
    /** Retry failed operations of an orchestration */
    post: {
      parameters: {
        query?: never;
        header?: {
          'Idempotency-Key'?: string;
        };
        path: {
          orchestrationID: string;
        };
        cookie?: never;
      };
      requestBody: {
        content: {
          'application/x-www-form-urlencoded': components['schemas']['RetryForm'];
        };
      };
      responses: {
        202: {
          headers: {
            [name: string]: unknown;
          };
          content: {
            'application/json': components['schemas']['Retried'];
          };
        };
        default: components['responses']['Refused'];
      };
    };
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/orchestrations/{orchestrationID}/operations': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /** The operations that an orchestration has scheduled, in plan order */
    get: {
      parameters: {
        query?: {
          page?: number;
          page_size?: number;
          state?: ('pending' | 'in progress' | 'retrying' | 'canceled' | 'succeeded' | 'failed')[];
          search?: string;
          wave?: string[];
          waitingFor?: (
            | 'turn'
            | 'paused'
            | 'budget'
            | 'wave'
            | 'soak'
            | 'approval'
            | 'window'
            | 'freeze'
            | 'cutoff'
            | 'slot'
            | 'region-limit'
            | 'plan-limit'
            | 'account-limit'
            | 'runtime-busy'
            | 'retry-backoff'
            | 'canceling'
            | 'dependency-down'
          )[];
          cause?: string;
        };
        header?: never;
        path: {
          orchestrationID: string;
        };
        cookie?: never;
      };
      requestBody?: never;
      responses: {
        200: {
          headers: {
            [name: string]: unknown;
          };
          content: {
            'application/json': components['schemas']['OperationPage'];
          };
        };
        default: components['responses']['Refused'];
      };
    };
    put?: never;
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/orchestrations/{orchestrationID}/failures': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /** The causes of what has failed, the most frequent first */
    get: {
      parameters: {
        query?: {
          page?: number;
          page_size?: number;
        };
        header?: never;
        path: {
          orchestrationID: string;
        };
        cookie?: never;
      };
      requestBody?: never;
      responses: {
        200: {
          headers: {
            [name: string]: unknown;
          };
          content: {
            'application/json': components['schemas']['FailurePage'];
          };
        };
        default: components['responses']['Refused'];
      };
    };
    put?: never;
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/orchestrations/{orchestrationID}/summary': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /** Its operations by state, and by wave, zone, plan, region or hour */
    get: {
      parameters: {
        query: {
          by: 'wave' | 'zone' | 'plan' | 'region' | 'hour';
        };
        header?: never;
        path: {
          orchestrationID: string;
        };
        cookie?: never;
      };
      requestBody?: never;
      responses: {
        200: {
          headers: {
            [name: string]: unknown;
          };
          content: {
            'application/json': components['schemas']['Summary'];
          };
        };
        default: components['responses']['Refused'];
      };
    };
    put?: never;
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/orchestrations/{orchestrationID}/burn-up': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /** How many of its operations were to end by when, and how many have */
    get: {
      parameters: {
        query?: never;
        header?: never;
        path: {
          orchestrationID: string;
        };
        cookie?: never;
      };
      requestBody?: never;
      responses: {
        200: {
          headers: {
            [name: string]: unknown;
          };
          content: {
            'application/json': components['schemas']['BurnUp'];
          };
        };
        default: components['responses']['Refused'];
      };
    };
    put?: never;
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/orchestrations/{orchestrationID}/operations/{operationID}': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /** One operation, with the parameters sent to the Runtime Provisioner */
    get: {
      parameters: {
        query?: never;
        header?: never;
        path: {
          orchestrationID: string;
          operationID: string;
        };
        cookie?: never;
      };
      requestBody?: never;
      responses: {
        200: {
          headers: {
            [name: string]: unknown;
          };
          content: {
            'application/json': components['schemas']['OperationDetail'];
          };
        };
        default: components['responses']['Refused'];
      };
    };
    put?: never;
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/orchestrations/{orchestrationID}/events': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /** Everything that happened to an orchestration and its operations */
    get: {
      parameters: {
        query?: {
          page?: number;
          page_size?: number;
          operationID?: string;
          about?: 'orchestration';
          order?: 'oldest' | 'newest';
        };
        header?: never;
        path: {
          orchestrationID: string;
        };
        cookie?: never;
      };
      requestBody?: never;
      responses: {
        200: {
          headers: {
            [name: string]: unknown;
          };
          content: {
            'application/json': components['schemas']['EventPage'];
          };
        };
        default: components['responses']['Refused'];
      };
    };
    put?: never;
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/runtimes': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /** The runtimes of the inventory, oldest first */
    get: {
      parameters: {
        query?: {
          page?: number;
          page_size?: number;
          account?: string[];
          subaccount?: string[];
          instance_id?: string[];
          runtime_id?: string[];
          region?: string[];
          plan?: string[];
          shoot?: string[];
          search?: string;
          state?: (
            | 'succeeded'
            | 'error'
            | 'upgrading'
            | 'provisioning'
            | 'failed'
            | 'suspended'
            | 'deprovisioning'
            | 'deprovisioned'
            | 'updating'
            | 'deprovisionincomplete'
            | 'all'
          )[];
          op_detail?: 'last' | 'all';
          kyma_config?: 'true' | 'false';
          cluster_config?: 'true' | 'false';
        };
        header?: never;
        path?: never;
        cookie?: never;
      };
      requestBody?: never;
      responses: {
        200: {
          headers: {
            [name: string]: unknown;
          };
          content: {
            'application/json': components['schemas']['RuntimePage'];
          };
        };
        default: components['responses']['Refused'];
      };
    };
    put?: never;
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/fleet': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /** The fleet by state, version, plan and region, and its next windows */
    get: {
      parameters: {
        query?: never;
        header?: never;
        path?: never;
        cookie?: never;
      };
      requestBody?: never;
      responses: {
        200: {
          headers: {
            [name: string]: unknown;
          };
          content: {
            'application/json': components['schemas']['Fleet'];
          };
        };
        default: components['responses']['Refused'];
      };
    };
    put?: never;
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/fleet/targets': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    get?: never;
    put?: never;
    /** How many runtimes targets select */
    post: {
      parameters: {
        query?: never;
        header?: never;
        path?: never;
        cookie?: never;
      };
      requestBody: {
        content: {
          'application/json': components['schemas']['CountTargets'];
        };
      };
      responses: {
        200: {
          headers: {
            [name: string]: unknown;
          };
          content: {
            'application/json': components['schemas']['TargetCount'];
          };
        };
        default: components['responses']['Refused'];
      };
    };
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/audit': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /** The deeds of people, newest first */
    get: {
      parameters: {
        query?: {
          page?: number;
          page_size?: number;
          actor?: string[];
          about?: ('orchestrations' | 'queue' | 'maintenance-policy' | 'stacks' | 'webhooks')[];
          since?: string;
          until?: string;
        };
        header?: never;
        path?: never;
        cookie?: never;
      };
      requestBody?: never;
      responses: {
        200: {
          headers: {
            [name: string]: unknown;
          };
          content: {
            'application/json': components['schemas']['DeedPage'];
          };
        };
        default: components['responses']['Refused'];
      };
    };
    put?: never;
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/maintenance-policy': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /** The maintenance policy */
    get: {
      parameters: {
        query?: {
          version?: number;
        };
        header?: never;
        path?: never;
        cookie?: never;
      };
      requestBody?: never;
      responses: {
        200: {
          headers: {
            ETag: string;
            [name: string]: unknown;
          };
          content: {
            'application/json': components['schemas']['MaintenancePolicy'];
          };
        };
        default: components['responses']['Refused'];
      };
    };
    /** Replace the maintenance policy */
    put: {
      parameters: {
        query?: {
          reason?: string;
        };
        header: {
          'If-Match': string;
        };
        path?: never;
        cookie?: never;
      };
      requestBody: {
        content: {
          'application/json': components['schemas']['MaintenancePolicy'];
        };
      };
      responses: {
        200: {
          headers: {
            ETag: string;
            [name: string]: unknown;
          };
          content: {
            'application/json': components['schemas']['PolicyReplaced'];
          };
        };
        default: components['responses']['Refused'];
      };
    };
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/maintenance-policy/versions': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /** All versions of the maintenance policy, newest first: who stored them, when and why */
    get: {
      parameters: {
        query?: {
          page?: number;
          page_size?: number;
        };
        header?: never;
        path?: never;
        cookie?: never;
      };
      requestBody?: never;
      responses: {
        200: {
          headers: {
            [name: string]: unknown;
          };
          content: {
            'application/json': components['schemas']['PolicyVersionPage'];
          };
        };
        default: components['responses']['Refused'];
      };
    };
    put?: never;
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/maintenance-policy/preview': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    get?: never;
    put?: never;
    /** The effect of a maintenance policy: the next windows of a runtime, or the fleet by zone */
    post: {
      parameters: {
        query?: never;
        header?: never;
        path?: never;
        cookie?: never;
      };
      requestBody: {
        content: {
          'application/json': components['schemas']['TryPolicy'];
        };
      };
      responses: {
        200: {
          headers: {
            [name: string]: unknown;
          };
          content: {
            'application/json':
              components['schemas']['PolicyOfRuntime'] | components['schemas']['PolicyOfFleet'];
          };
        };
        default: components['responses']['Refused'];
      };
    };
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/webhooks': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /** All webhooks, oldest first */
    get: {
      parameters: {
        query?: never;
        header?: never;
        path?: never;
        cookie?: never;
      };
      requestBody?: never;
      responses: {
        200: {
          headers: {
            [name: string]: unknown;
          };
          content: {
            'application/json': components['schemas']['WebhookList'];
          };
        };
        default: components['responses']['Refused'];
      };
    };
    put?: never;
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/webhooks/{webhookID}': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    get?: never;
    put?: never;
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    /** Change a webhook, disable or enable it */
    patch: {
      parameters: {
        query?: never;
        header?: never;
        path: {
          webhookID: string;
        };
        cookie?: never;
      };
      requestBody: {
        content: {
          'application/json': components['schemas']['WebhookChange'];
        };
      };
      responses: {
        200: {
          headers: {
            [name: string]: unknown;
          };
          content: {
            'application/json': components['schemas']['Webhook'];
          };
        };
        default: components['responses']['Refused'];
      };
    };
    trace?: never;
  };
  '/webhooks/{webhookID}/test': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    get?: never;
    put?: never;
    /** Send a webhook an event of the type webhook.test */
    post: {
      parameters: {
        query?: never;
        header?: never;
        path: {
          webhookID: string;
        };
        cookie?: never;
      };
      requestBody?: never;
      responses: {
        202: {
          headers: {
            [name: string]: unknown;
          };
          content: {
            'application/json': components['schemas']['WebhookTest'];
          };
        };
        default: components['responses']['Refused'];
      };
    };
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/orchestration/': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /** With details, all stacks */
    get: {
      parameters: {
        query?: {
          page?: number;
          page_size?: number;
          status?: (
            | 'stopped'
            | 'scheduled'
            | 'starting'
            | 'ready'
            | 'shutting_down'
            | 'shut_down'
            | 'restarting'
            | 'stopping'
            | 'error'
            | 'warning'
          )[];
        };
        header?: never;
        path?: never;
        cookie?: never;
      };
      requestBody?: never;
      responses: {
        200: {
          headers: {
            'X-Total-Count': number;
            [name: string]: unknown;
          };
          content: {
            'application/json': components['schemas']['StackList'];
          };
        };
        default: components['responses']['Refused'];
      };
    };
    put?: never;
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/orchestration/{container}/{user}/{name}': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /** One stack: its definition and its status */
    get: {
      parameters: {
        query?: never;
        header?: never;
        path: {
          container: string;
          user: string;
          name: string;
        };
        cookie?: never;
      };
      requestBody?: never;
      responses: {
        200: {
          headers: {
            [name: string]: unknown;
          };
          content: {
            'application/json': components['schemas']['Stack'];
          };
        };
        default: components['responses']['Refused'];
      };
    };
    /** Start, stop, shut down or restart a stack, or give it a new definition */
    put: {
      parameters: {
        query?: {
          action?: 'START' | 'STOP' | 'SHUTDOWN' | 'RESTART' | 'start' | 'stop' | 'shutdown' | 'restart';
        };
        header?: never;
        path: {
          container: string;
          user: string;
          name: string;
        };
        cookie?: never;
      };
      requestBody?: {
        content: {
          'application/json': components['schemas']['OrchestrationDefinition'] | Record<string, never>;
        };
      };
      responses: {
        200: {
          headers: {
            [name: string]: unknown;
          };
          content: {
            'application/json': components['schemas']['Stack'];
          };
        };
        default: components['responses']['Refused'];
      };
    };
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/orchestration/{container}/{user}/{name}/events': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /** Everything that happened to a stack and its objects, oldest first */
    get: {
      parameters: {
        query?: {
          page?: number;
          page_size?: number;
        };
        header?: never;
        path: {
          container: string;
          user: string;
          name: string;
        };
        cookie?: never;
      };
      requestBody?: never;
      responses: {
        200: {
          headers: {
            [name: string]: unknown;
          };
          content: {
            'application/json': components['schemas']['StackEventPage'];
          };
        };
        default: components['responses']['Refused'];
      };
    };
    put?: never;
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/auth/logout': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    get?: never;
    put?: never;
    /** End the session */
    post: {
      parameters: {
        query?: never;
        header?: never;
        path?: never;
        cookie?: never;
      };
      requestBody?: never;
      responses: {
        204: {
          headers: {
            [name: string]: unknown;
          };
          content?: never;
        };
        default: components['responses']['Refused'];
      };
    };
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/auth/session': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /** The person who is signed in */
    get: {
      parameters: {
        query?: never;
        header?: never;
        path?: never;
        cookie?: never;
      };
      requestBody?: never;
      responses: {
        200: {
          headers: {
            [name: string]: unknown;
          };
          content: {
            'application/json': components['schemas']['Session'];
          };
        };
        default: components['responses']['Refused'];
      };
    };
    put?: never;
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
}
export type webhooks = Record<string, never>;
export interface components {
  schemas: {
    Event: {
      eventID: number;
      /** Format: uuid */
      orchestrationID: string;
      /** Format: uuid */
      operationID: string | null;
      /** Format: date-time */
      at: string;
      actor: string;
      kind: string;
      fromState: string | null;
      toState: string | null;
      reason: string;
    };
    Wave: {
      name: string;
      /** @enum {string} */
      phase: 'waiting' | 'running' | 'soaking' | 'looking' | 'gate' | 'asking' | 'passed';
      size: number;
      pending: number;
      inProgress: number;
      succeeded: number;
      failed: number;
      canceled: number;
      unhealthy?: {
        count: number;
        first: {
          shootName: string;
          runtimeID: string;
          said: string;
        }[];
      };
      workers: number | null;
      mayFail: number | null;
      failureBudget: {
        max: number;
        failed: number;
        failedAtPause: number | null;
      } | null;
      /** Format: date-time */
      openedAt: string | null;
      /** Format: date-time */
      soakUntil: string | null;
      /** Format: date-time */
      passedAt: string | null;
      question: {
        number: number;
        /** Format: date-time */
        askedAt: string;
        /** Format: date-time */
        expiresAt: string | null;
        stands: boolean;
        approvedBy: string | null;
        /** Format: date-time */
        approvedAt: string | null;
        reason: string | null;
      } | null;
    };
    QueueControl: {
      paused: {
        by: string;
        reason: string;
        /** Format: date-time */
        since: string;
      } | null;
      revision: number;
    };
    StackEvent: {
      eventID: number;
      orchestration: string;
      /** Format: date-time */
      at: string;
      actor: string;
      kind: string;
      oplan: string | null;
      object: string | null;
      fromState: string | null;
      toState: string | null;
      reason: string;
    };
    OrchestrationDefinition: {
      name: string;
      description?: string | null;
      account?: string | null;
      schedule?: components['schemas']['OrchestrationSchedule'];
      oplans: (
        | {
            label: string;
            /** @enum {string} */
            obj_type: 'launchplan';
            /** @enum {string|null} */
            ha_policy?: 'active' | 'monitor' | 'none' | '' | null;
            objects: components['schemas']['InstanceGroup'][];
            readonly status?: unknown;
            readonly status_timestamp?: unknown;
            readonly info?: unknown;
          }
        | {
            label: string;
            /** @enum {string} */
            obj_type: 'storage/volume';
            /** @enum {string|null} */
            ha_policy?: 'active' | 'monitor' | 'none' | '' | null;
            objects: components['schemas']['StorageVolumeSpec'][];
            readonly status?: unknown;
            readonly status_timestamp?: unknown;
            readonly info?: unknown;
          }
        | {
            label: string;
            /** @enum {string} */
            obj_type: 'storage/attachment';
            /** @enum {string|null} */
            ha_policy?: 'active' | 'monitor' | 'none' | '' | null;
            objects: components['schemas']['StorageAttachmentSpec'][];
            readonly status?: unknown;
            readonly status_timestamp?: unknown;
            readonly info?: unknown;
          }
        | {
            label: string;
            /** @enum {string} */
            obj_type: 'ip/reservation';
            /** @enum {string|null} */
            ha_policy?: 'active' | 'monitor' | 'none' | '' | null;
            objects: components['schemas']['IPReservationSpec'][];
            readonly status?: unknown;
            readonly status_timestamp?: unknown;
            readonly info?: unknown;
          }
        | {
            label: string;
            /** @enum {string} */
            obj_type: 'ip/association';
            /** @enum {string|null} */
            ha_policy?: 'active' | 'monitor' | 'none' | '' | null;
            objects: components['schemas']['IPAssociationSpec'][];
            readonly status?: unknown;
            readonly status_timestamp?: unknown;
            readonly info?: unknown;
          }
        | {
            label: string;
            /** @enum {string} */
            obj_type: 'seclist';
            /** @enum {string|null} */
            ha_policy?: 'active' | 'monitor' | 'none' | '' | null;
            objects: components['schemas']['SecurityListSpec'][];
            readonly status?: unknown;
            readonly status_timestamp?: unknown;
            readonly info?: unknown;
          }
        | {
            label: string;
            /** @enum {string} */
            obj_type: 'secrule';
            /** @enum {string|null} */
            ha_policy?: 'active' | 'monitor' | 'none' | '' | null;
            objects: components['schemas']['SecurityRuleSpec'][];
            readonly status?: unknown;
            readonly status_timestamp?: unknown;
            readonly info?: unknown;
          }
        | {
            label: string;
            /** @enum {string} */
            obj_type: 'vnet';
            /** @enum {string|null} */
            ha_policy?: 'active' | 'monitor' | 'none' | '' | null;
            objects: components['schemas']['VirtualNetworkSpec'][];
            readonly status?: unknown;
            readonly status_timestamp?: unknown;
            readonly info?: unknown;
          }
        | {
            label: string;
            /** @enum {string} */
            obj_type: 'orchestration';
            /** @enum {string|null} */
            ha_policy?: 'active' | 'monitor' | 'none' | '' | null;
            objects: components['schemas']['NestedOrchestrationSpec'][];
            readonly status?: unknown;
            readonly status_timestamp?: unknown;
            readonly info?: unknown;
          }
      )[];
      relationships?: components['schemas']['OplanRelationship'][] | null;
      readonly status?: unknown;
      readonly status_timestamp?: unknown;
      readonly uri?: unknown;
      readonly user?: unknown;
      readonly info?: unknown;
    };
    OrchestrationSchedule: {
      /** Format: date-time */
      start_time?: string | null;
      /** Format: date-time */
      stop_time?: string | null;
    } | null;
    InstanceGroup: {
      instances: components['schemas']['InstanceSpec'][];
    } & {
      [key: string]: unknown;
    };
    InstanceSpec: {
      name?: string | null;
      simulation?: components['schemas']['ObjectSimulation'];
      label?: string | null;
      shape?:
        | string
        | {
            [key: string]: unknown;
          }
        | null;
      imagelist?: string | null;
      sshkeys?: string[] | null;
      attributes?: {
        [key: string]: unknown;
      } | null;
      networking?: {
        [key: string]: components['schemas']['InstanceNetwork'];
      } | null;
      storage_attachments?:
        | ({
            volume: string;
            index?: number | null;
          } & {
            [key: string]: unknown;
          })[]
        | null;
    } & {
      [key: string]: unknown;
    };
    ObjectSimulation: {
      seconds?: number | null;
      fail?: {
        create?: {
          message: string;
          times?: number | null;
        } | null;
        destroy?: {
          message: string;
          times?: number | null;
        } | null;
        start?: {
          message: string;
          times?: number | null;
        } | null;
        stop?: {
          message: string;
          times?: number | null;
        } | null;
      } | null;
      dies_after_seconds?: number | null;
    } | null;
    InstanceNetwork: {
      seclists?: string[] | null;
      nat?: string | string[] | null;
      vnet?: string | null;
      ipnetwork?: string | null;
    } & {
      [key: string]: unknown;
    };
    StorageVolumeSpec: {
      name: string;
      simulation?: components['schemas']['ObjectSimulation'];
      size?: string | number | null;
      properties?: string[] | null;
    } & {
      [key: string]: unknown;
    };
    StorageAttachmentSpec: {
      name?: string | null;
      simulation?: components['schemas']['ObjectSimulation'];
      instance_name?: string | null;
      storage_volume_name?: string | null;
      index?: number | null;
    } & {
      [key: string]: unknown;
    };
    IPReservationSpec: {
      name?: string | null;
      simulation?: components['schemas']['ObjectSimulation'];
      parentpool?: string | null;
      permanent?: boolean | null;
    } & {
      [key: string]: unknown;
    };
    IPAssociationSpec: {
      name?: string | null;
      simulation?: components['schemas']['ObjectSimulation'];
      parentpool?: string | null;
      instance_name?: string | null;
      vcable?: string | null;
    } & {
      [key: string]: unknown;
    };
    SecurityListSpec: {
      name: string;
      simulation?: components['schemas']['ObjectSimulation'];
      policy?: string | null;
      outbound_cidr_policy?: string | null;
    } & {
      [key: string]: unknown;
    };
    SecurityRuleSpec: {
      name?: string | null;
      simulation?: components['schemas']['ObjectSimulation'];
      src_list?: string | null;
      dst_list?: string | null;
      application?: string | null;
      action?: string | null;
      disabled?: boolean | null;
    } & {
      [key: string]: unknown;
    };
    VirtualNetworkSpec: {
      name: string;
      simulation?: components['schemas']['ObjectSimulation'];
    } & {
      [key: string]: unknown;
    };
    NestedOrchestrationSpec: {
      name: string;
      simulation?: components['schemas']['ObjectSimulation'];
    } & {
      [key: string]: unknown;
    };
    OplanRelationship: {
      oplan: string;
      to_oplan: string;
      /** @enum {string} */
      type: 'depends';
    };
    Created: {
      /** Format: uuid */
      orchestrationID: string;
    };
    Problem: {
      type: string;
      title: string;
      status: number;
      detail: string;
      /** Format: uri-reference */
      instance: string;
      requestID: string;
      errors?: {
        path: string;
        message: string;
      }[];
      message: string;
    };
    UpgradeKyma: {
      targets: {
        include: components['schemas']['TargetSelector'][] | components['schemas']['TargetSelector'];
        exclude?: components['schemas']['TargetSelector'][] | components['schemas']['TargetSelector'] | null;
      };
      strategy?: {
        /** @enum {string|null} */
        type?: 'parallel' | '' | null;
        /** @enum {string|null} */
        schedule?: 'immediate' | 'maintenanceWindow' | 'now' | '' | null;
        parallel?: {
          workers?: number | null;
        } | null;
        until?: string | null;
        lane?: string | null;
        waves?:
          | {
              name: string;
              targets?: {
                include: components['schemas']['TargetSelector'][] | components['schemas']['TargetSelector'];
                exclude?:
                  components['schemas']['TargetSelector'][] | components['schemas']['TargetSelector'] | null;
              } | null;
              percent?: number | null;
              count?: number | null;
              workers?: number | null;
              soakMinutes?: number | null;
              approval?: {
                groups?: string[] | null;
                notByCreator?: boolean | null;
                expiresHours?: number | null;
              } | null;
            }[]
          | null;
        failureBudget?: {
          max?: number | null;
          percent?: number | null;
          /** @enum {string|null} */
          scope?: 'all' | 'wave' | '' | null;
          /** @enum {string|null} */
          onExceeded?: 'pause' | 'cancel' | '' | null;
          strict?: boolean | null;
        } | null;
        limits?: {
          perRegion?:
            | number
            | {
                [key: string]: number;
              }
            | null;
          perPlan?:
            | number
            | {
                [key: string]: number;
              }
            | null;
          perGlobalAccount?:
            | number
            | {
                [key: string]: number;
              }
            | null;
        } | null;
        retryPolicy?: {
          attempts?: number | null;
          backoffMinutes?: number | null;
        } | null;
        operationTimeoutMinutes?: number | null;
        /** @enum {string|null} */
        onBusy?: 'wait' | 'skip' | '' | null;
        checks?: {
          health?: boolean | null;
          healthTimeoutMinutes?: number | null;
        } | null;
        maintenanceWindow?: boolean | null;
        /** @enum {string|null} */
        ScheduleTime?: '' | '0001-01-01T00:00:00Z' | null;
      } | null;
      dryRun?: boolean | null;
      /** @enum {boolean|null} */
      notification?: false | null;
      retryoperation?: {
        retryoperations?: string[] | null;
        /** @enum {boolean|string|null} */
        immediate?: false | 'false' | '' | null;
      } | null;
      planHash?: string | null;
      reason?: string | null;
      /** @enum {string|null} */
      onPlanChange?: 'pause' | 'continue' | '' | null;
      kyma?: {
        version?: string | null;
      } | null;
      kubernetes?: {
        kubernetesVersion?: string | null;
        machineImage?: string | null;
        machineImageVersion?: string | null;
      } | null;
    };
    TargetSelector: {
      /** @enum {string|null} */
      target?: 'all' | '' | null;
      globalAccount?: string | null;
      subAccount?: string | null;
      region?: string | null;
      planName?: string | null;
      shoot?: string | null;
      instanceID?: string | null;
      runtimeID?: string | null;
    };
    UpgradeCluster: {
      targets: {
        include: components['schemas']['TargetSelector'][] | components['schemas']['TargetSelector'];
        exclude?: components['schemas']['TargetSelector'][] | components['schemas']['TargetSelector'] | null;
      };
      strategy?: {
        /** @enum {string|null} */
        type?: 'parallel' | '' | null;
        /** @enum {string|null} */
        schedule?: 'immediate' | 'maintenanceWindow' | 'now' | '' | null;
        parallel?: {
          workers?: number | null;
        } | null;
        until?: string | null;
        lane?: string | null;
        waves?:
          | {
              name: string;
              targets?: {
                include: components['schemas']['TargetSelector'][] | components['schemas']['TargetSelector'];
                exclude?:
                  components['schemas']['TargetSelector'][] | components['schemas']['TargetSelector'] | null;
              } | null;
              percent?: number | null;
              count?: number | null;
              workers?: number | null;
              soakMinutes?: number | null;
              approval?: {
                groups?: string[] | null;
                notByCreator?: boolean | null;
                expiresHours?: number | null;
              } | null;
            }[]
          | null;
        failureBudget?: {
          max?: number | null;
          percent?: number | null;
          /** @enum {string|null} */
          scope?: 'all' | 'wave' | '' | null;
          /** @enum {string|null} */
          onExceeded?: 'pause' | 'cancel' | '' | null;
          strict?: boolean | null;
        } | null;
        limits?: {
          perRegion?:
            | number
            | {
                [key: string]: number;
              }
            | null;
          perPlan?:
            | number
            | {
                [key: string]: number;
              }
            | null;
          perGlobalAccount?:
            | number
            | {
                [key: string]: number;
              }
            | null;
        } | null;
        retryPolicy?: {
          attempts?: number | null;
          backoffMinutes?: number | null;
        } | null;
        operationTimeoutMinutes?: number | null;
        /** @enum {string|null} */
        onBusy?: 'wait' | 'skip' | '' | null;
        checks?: {
          health?: boolean | null;
          healthTimeoutMinutes?: number | null;
        } | null;
        maintenanceWindow?: boolean | null;
        /** @enum {string|null} */
        ScheduleTime?: '' | '0001-01-01T00:00:00Z' | null;
      } | null;
      dryRun?: boolean | null;
      /** @enum {boolean|null} */
      notification?: false | null;
      retryoperation?: {
        retryoperations?: string[] | null;
        /** @enum {boolean|string|null} */
        immediate?: false | 'false' | '' | null;
      } | null;
      planHash?: string | null;
      reason?: string | null;
      /** @enum {string|null} */
      onPlanChange?: 'pause' | 'continue' | '' | null;
      kubernetes?: {
        kubernetesVersion?: string | null;
        machineImage?: string | null;
        machineImageVersion?: string | null;
      } | null;
      kyma?: {
        version?: string | null;
      } | null;
    };
    Plan: {
      /** Format: uuid */
      planID: string;
      /** @enum {string} */
      type: 'upgradeKyma' | 'upgradeCluster';
      /** @enum {string} */
      state: 'making' | 'made' | 'failed';
      description: string;
      /** Format: date-time */
      createdAt: string;
      createdBy: string;
      parameters: components['schemas']['Parameters'];
      /** Format: date-time */
      madeAt: string | null;
      planHash: string | null;
      policyVersion: number | null;
      /** Format: date-time */
      windowsUntil: string | null;
      summary: {
        operations: number;
        byPlan: {
          entries: {
            key: string;
            count: number;
          }[];
          rest: number;
        };
        byRegion: {
          entries: {
            key: string;
            count: number;
          }[];
          rest: number;
        };
        byZone: {
          entries: {
            key: string;
            count: number;
            source: {
              /** @enum {string} */
              kind: 'rule' | 'shoot' | 'default';
              index: number | null;
            };
          }[];
          rest: number;
        };
        byWave: {
          name: string;
          size: number;
          matched: number;
          drawn: number | null;
        }[];
        leftOut: {
          'no runtime ID'?: number;
          'runtime ID too long'?: number;
          'being deleted'?: number;
          hibernated?: number;
          'never finished creating'?: number;
          'unreadable maintenance window'?: number;
          'runtime ID of another Shoot'?: number;
          'opted out'?: number;
          frozen?: number;
          'no maintenance window'?: number;
          'excluded by targets'?: number;
          'more than one minor version behind'?: number;
          'Kubernetes version not offered'?: number;
          'machine image not offered'?: number;
          'no cloud profile'?: number;
        };
        notSelected: number;
        runtimesRead: number;
        projection: {
          /** Format: date-time */
          begin: string | null;
          /** Format: date-time */
          end: string | null;
          unplaced: number;
          from:
            | {
                /** @enum {string} */
                kind: 'earlier operations';
                count: number;
                medianSeconds: number;
                p90Seconds: number;
              }
            | {
                /** @enum {string} */
                kind: 'assumed';
                seconds: number;
              };
          waves: {
            name: string;
            /** Format: date-time */
            begin: string | null;
            /** Format: date-time */
            end: string | null;
            unplaced: number;
          }[];
        } | null;
      } | null;
    };
    Parameters: {
      targets: {
        include: components['schemas']['Selector'][];
        exclude?: components['schemas']['Selector'][];
      };
      strategy: {
        /** @enum {string} */
        type: 'parallel';
        /** @enum {string} */
        schedule: 'immediate' | 'maintenanceWindow';
        parallel: {
          workers: number;
        };
        /** Format: date-time */
        until?: string;
        lane?: string;
        waves?: components['schemas']['WaveParameters'][];
        failureBudget?: components['schemas']['FailureBudgetParameters'];
        limits?: components['schemas']['LimitParameters'];
        retryPolicy?: {
          attempts: number;
          backoffMinutes: number;
        };
        operationTimeoutMinutes?: number;
        /** @enum {string} */
        onBusy?: 'wait' | 'skip';
        checks?: {
          health: boolean;
          healthTimeoutMinutes: number;
        };
      };
      dryRun: boolean;
      /** Format: uuid */
      restOf?: string;
      kyma?: {
        version: string;
      };
      kubernetes?: {
        kubernetesVersion?: string;
        machineImage?: string;
        machineImageVersion?: string;
      };
      planHash?: string;
      /** @enum {string} */
      onPlanChange?: 'pause' | 'continue';
    };
    Selector: {
      /** @enum {string} */
      target?: 'all';
      globalAccount?: string;
      subAccount?: string;
      region?: string;
      planName?: string;
      shoot?: string;
      instanceID?: string;
      runtimeID?: string;
    };
    WaveParameters: {
      name: string;
      targets?: {
        include: components['schemas']['Selector'][];
        exclude?: components['schemas']['Selector'][];
      };
      percent?: number;
      count?: number;
      workers?: number;
      soakMinutes?: number;
      approval?: {
        groups?: string[];
        notByCreator: boolean;
        expiresHours?: number;
      };
    };
    FailureBudgetParameters: {
      max?: number;
      percent?: number;
      /** @enum {string} */
      scope: 'all' | 'wave';
      /** @enum {string} */
      onExceeded: 'pause' | 'cancel';
      strict: boolean;
    };
    LimitParameters: {
      perRegion?:
        | number
        | {
            [key: string]: number;
          };
      perPlan?:
        | number
        | {
            [key: string]: number;
          };
      perGlobalAccount?:
        | number
        | {
            [key: string]: number;
          };
    };
    PlanKyma: {
      targets: {
        include: components['schemas']['TargetSelector'][] | components['schemas']['TargetSelector'];
        exclude?: components['schemas']['TargetSelector'][] | components['schemas']['TargetSelector'] | null;
      };
      strategy?: {
        /** @enum {string|null} */
        type?: 'parallel' | '' | null;
        /** @enum {string|null} */
        schedule?: 'immediate' | 'maintenanceWindow' | 'now' | '' | null;
        parallel?: {
          workers?: number | null;
        } | null;
        until?: string | null;
        lane?: string | null;
        waves?:
          | {
              name: string;
              targets?: {
                include: components['schemas']['TargetSelector'][] | components['schemas']['TargetSelector'];
                exclude?:
                  components['schemas']['TargetSelector'][] | components['schemas']['TargetSelector'] | null;
              } | null;
              percent?: number | null;
              count?: number | null;
              workers?: number | null;
              soakMinutes?: number | null;
              approval?: {
                groups?: string[] | null;
                notByCreator?: boolean | null;
                expiresHours?: number | null;
              } | null;
            }[]
          | null;
        failureBudget?: {
          max?: number | null;
          percent?: number | null;
          /** @enum {string|null} */
          scope?: 'all' | 'wave' | '' | null;
          /** @enum {string|null} */
          onExceeded?: 'pause' | 'cancel' | '' | null;
          strict?: boolean | null;
        } | null;
        limits?: {
          perRegion?:
            | number
            | {
                [key: string]: number;
              }
            | null;
          perPlan?:
            | number
            | {
                [key: string]: number;
              }
            | null;
          perGlobalAccount?:
            | number
            | {
                [key: string]: number;
              }
            | null;
        } | null;
        retryPolicy?: {
          attempts?: number | null;
          backoffMinutes?: number | null;
        } | null;
        operationTimeoutMinutes?: number | null;
        /** @enum {string|null} */
        onBusy?: 'wait' | 'skip' | '' | null;
        checks?: {
          health?: boolean | null;
          healthTimeoutMinutes?: number | null;
        } | null;
        maintenanceWindow?: boolean | null;
        /** @enum {string|null} */
        ScheduleTime?: '' | '0001-01-01T00:00:00Z' | null;
      } | null;
      dryRun?: boolean | null;
      /** @enum {boolean|null} */
      notification?: false | null;
      retryoperation?: {
        retryoperations?: string[] | null;
        /** @enum {boolean|string|null} */
        immediate?: false | 'false' | '' | null;
      } | null;
      /** @enum {string|null} */
      planHash?: '' | null;
      reason?: string | null;
      /** @enum {string|null} */
      onPlanChange?: '' | null;
      kyma?: {
        version?: string | null;
      } | null;
      kubernetes?: {
        kubernetesVersion?: string | null;
        machineImage?: string | null;
        machineImageVersion?: string | null;
      } | null;
    };
    PlanCluster: {
      targets: {
        include: components['schemas']['TargetSelector'][] | components['schemas']['TargetSelector'];
        exclude?: components['schemas']['TargetSelector'][] | components['schemas']['TargetSelector'] | null;
      };
      strategy?: {
        /** @enum {string|null} */
        type?: 'parallel' | '' | null;
        /** @enum {string|null} */
        schedule?: 'immediate' | 'maintenanceWindow' | 'now' | '' | null;
        parallel?: {
          workers?: number | null;
        } | null;
        until?: string | null;
        lane?: string | null;
        waves?:
          | {
              name: string;
              targets?: {
                include: components['schemas']['TargetSelector'][] | components['schemas']['TargetSelector'];
                exclude?:
                  components['schemas']['TargetSelector'][] | components['schemas']['TargetSelector'] | null;
              } | null;
              percent?: number | null;
              count?: number | null;
              workers?: number | null;
              soakMinutes?: number | null;
              approval?: {
                groups?: string[] | null;
                notByCreator?: boolean | null;
                expiresHours?: number | null;
              } | null;
            }[]
          | null;
        failureBudget?: {
          max?: number | null;
          percent?: number | null;
          /** @enum {string|null} */
          scope?: 'all' | 'wave' | '' | null;
          /** @enum {string|null} */
          onExceeded?: 'pause' | 'cancel' | '' | null;
          strict?: boolean | null;
        } | null;
        limits?: {
          perRegion?:
            | number
            | {
                [key: string]: number;
              }
            | null;
          perPlan?:
            | number
            | {
                [key: string]: number;
              }
            | null;
          perGlobalAccount?:
            | number
            | {
                [key: string]: number;
              }
            | null;
        } | null;
        retryPolicy?: {
          attempts?: number | null;
          backoffMinutes?: number | null;
        } | null;
        operationTimeoutMinutes?: number | null;
        /** @enum {string|null} */
        onBusy?: 'wait' | 'skip' | '' | null;
        checks?: {
          health?: boolean | null;
          healthTimeoutMinutes?: number | null;
        } | null;
        maintenanceWindow?: boolean | null;
        /** @enum {string|null} */
        ScheduleTime?: '' | '0001-01-01T00:00:00Z' | null;
      } | null;
      dryRun?: boolean | null;
      /** @enum {boolean|null} */
      notification?: false | null;
      retryoperation?: {
        retryoperations?: string[] | null;
        /** @enum {boolean|string|null} */
        immediate?: false | 'false' | '' | null;
      } | null;
      /** @enum {string|null} */
      planHash?: '' | null;
      reason?: string | null;
      /** @enum {string|null} */
      onPlanChange?: '' | null;
      kubernetes?: {
        kubernetesVersion?: string | null;
        machineImage?: string | null;
        machineImageVersion?: string | null;
      } | null;
      kyma?: {
        version?: string | null;
      } | null;
    };
    LeftOutPage: {
      data: components['schemas']['LeftOutShoot'][];
      count: number;
      totalCount: number;
    };
    LeftOutShoot: {
      shootName: string;
      runtimeID: string | null;
      /** @enum {string} */
      reason:
        | 'no runtime ID'
        | 'runtime ID too long'
        | 'being deleted'
        | 'hibernated'
        | 'never finished creating'
        | 'unreadable maintenance window'
        | 'runtime ID of another Shoot'
        | 'opted out'
        | 'frozen'
        | 'no maintenance window'
        | 'excluded by targets'
        | 'more than one minor version behind'
        | 'Kubernetes version not offered'
        | 'machine image not offered'
        | 'no cloud profile';
      message: string;
    };
    RuntimeInOrchestration: {
      runtimeID: string;
      /** @enum {string} */
      kind: 'planned' | 'left-out' | 'excluded' | 'not-selected' | 'unknown';
      message: string;
      shootName: string | null;
      /** @enum {string|null} */
      reason:
        | 'no runtime ID'
        | 'runtime ID too long'
        | 'being deleted'
        | 'hibernated'
        | 'never finished creating'
        | 'unreadable maintenance window'
        | 'runtime ID of another Shoot'
        | 'opted out'
        | 'frozen'
        | 'no maintenance window'
        | 'excluded by targets'
        | 'more than one minor version behind'
        | 'Kubernetes version not offered'
        | 'machine image not offered'
        | 'no cloud profile'
        | null;
      /** Format: uuid */
      operationID: string | null;
    };
    Queue: {
      paused: {
        by: string;
        reason: string;
        /** Format: date-time */
        since: string;
      } | null;
      lanes: components['schemas']['Lane'][];
    };
    Lane: {
      name: string;
      cap: number;
      configured: boolean;
      holder: {
        /** Format: uuid */
        orchestrationID: string;
        /** @enum {string} */
        type: 'upgradeKyma' | 'upgradeCluster';
        parameters: components['schemas']['UpgradeVersions'];
        /** @enum {string} */
        state: 'pending' | 'in progress' | 'canceling' | 'canceled' | 'retrying' | 'succeeded' | 'failed';
        createdBy: string;
        /** Format: date-time */
        since: string | null;
        pauses: {
          /** @enum {string} */
          code: 'person' | 'budget' | 'plan-changed' | 'no-evidence' | 'approval-expired' | 'queue';
          by: string;
          reason: string;
          /** Format: date-time */
          since: string;
        }[];
        eta: {
          /** Format: date-time */
          earliest: string | null;
          /** Format: date-time */
          latest: string | null;
          from:
            | {
                /** @enum {string} */
                kind: 'earlier operations';
                count: number;
                medianSeconds: number;
                p90Seconds: number;
              }
            | {
                /** @enum {string} */
                kind: 'assumed';
                seconds: number;
              };
        } | null;
      } | null;
      waiting: number;
      first: {
        position: number;
        /** Format: uuid */
        orchestrationID: string;
        /** @enum {string} */
        type: 'upgradeKyma' | 'upgradeCluster';
        parameters: components['schemas']['UpgradeVersions'];
        /** @enum {string} */
        state: 'pending' | 'in progress' | 'canceling' | 'canceled' | 'retrying' | 'succeeded' | 'failed';
        createdBy: string;
        /** Format: date-time */
        queuedAt: string;
        waitingFor: components['schemas']['WaitingFor'] | null;
      }[];
    };
    UpgradeVersions: {
      kyma?: {
        version: string;
      };
      kubernetes?: {
        kubernetesVersion?: string;
        machineImage?: string;
        machineImageVersion?: string;
      };
      dryRun: boolean;
    };
    WaitingFor: {
      /** @enum {string} */
      code:
        | 'turn'
        | 'paused'
        | 'budget'
        | 'wave'
        | 'soak'
        | 'approval'
        | 'window'
        | 'freeze'
        | 'cutoff'
        | 'slot'
        | 'region-limit'
        | 'plan-limit'
        | 'account-limit'
        | 'runtime-busy'
        | 'retry-backoff'
        | 'canceling'
        | 'dependency-down';
      message: string;
      /** Format: date-time */
      until?: string;
      who?: string;
      then?: {
        /** @enum {string} */
        code:
          | 'turn'
          | 'paused'
          | 'budget'
          | 'wave'
          | 'soak'
          | 'approval'
          | 'window'
          | 'freeze'
          | 'cutoff'
          | 'slot'
          | 'region-limit'
          | 'plan-limit'
          | 'account-limit'
          | 'runtime-busy'
          | 'retry-backoff'
          | 'canceling'
          | 'dependency-down';
        message: string;
        /** Format: date-time */
        until?: string;
        who?: string;
      }[];
    };
    PauseQueue: {
      reason?: string | null;
    };
    ResumeQueue: {
      reason?: string | null;
    };
    Controlled: {
      /** Format: uuid */
      orchestrationID: string;
      workers: number;
      paused: boolean;
      pauses: {
        /** @enum {string} */
        code: 'person' | 'budget' | 'plan-changed' | 'no-evidence' | 'approval-expired' | 'queue';
        by: string;
        reason: string;
        /** Format: date-time */
        since: string;
      }[];
      revision: number;
      observedRevision: number;
    };
    Front: {
      reason?: string | null;
    };
    Orchestration: {
      /** Format: uuid */
      orchestrationID: string;
      /** @enum {string} */
      type: 'upgradeKyma' | 'upgradeCluster';
      /** @enum {string} */
      state: 'pending' | 'in progress' | 'canceling' | 'canceled' | 'retrying' | 'succeeded' | 'failed';
      description: string;
      waitingFor: components['schemas']['WaitingFor'] | null;
      progress: components['schemas']['Progress'];
      workers: number;
      paused: boolean;
      pauses: {
        /** @enum {string} */
        code: 'person' | 'budget' | 'plan-changed' | 'no-evidence' | 'approval-expired' | 'queue';
        by: string;
        reason: string;
        /** Format: date-time */
        since: string;
      }[];
      revision: number;
      observedRevision: number;
      planChanges: {
        description: string;
        added: {
          count: number;
          first: {
            shootName: string;
            runtimeID: string;
          }[];
        };
        gone: {
          count: number;
          first: {
            shootName: string;
            runtimeID: string;
          }[];
        };
        moved: {
          count: number;
          first: {
            shootName: string;
            runtimeID: string;
          }[];
        };
        inOtherWaves: {
          count: number;
          first: {
            shootName: string;
            runtimeID: string;
          }[];
        };
        rulesChanged: boolean;
        isUnknown: boolean;
      } | null;
      /** Format: date-time */
      createdAt: string;
      createdBy: string;
      reason: string;
      /** Format: date-time */
      updatedAt: string;
      parameters: components['schemas']['Parameters'];
      operationStats: {
        pending?: number;
        'in progress'?: number;
        retrying?: number;
        canceled?: number;
        succeeded?: number;
        failed?: number;
      };
    };
    Progress: {
      done: number;
      total: number | null;
      failed: number;
      inFlight: number;
      unsent: number;
      /** Format: date-time */
      inFlightSince: string | null;
      drained: {
        /** Format: date-time */
        earliest: string;
        /** Format: date-time */
        latest: string;
        overdue: number;
        from:
          | {
              /** @enum {string} */
              kind: 'earlier operations';
              count: number;
              medianSeconds: number;
              p90Seconds: number;
            }
          | {
              /** @enum {string} */
              kind: 'assumed';
              seconds: number;
            };
      } | null;
      eta: {
        /** Format: date-time */
        earliest: string | null;
        /** Format: date-time */
        latest: string | null;
        unplaced: number;
        from:
          | {
              /** @enum {string} */
              kind: 'earlier operations';
              count: number;
              medianSeconds: number;
              p90Seconds: number;
            }
          | {
              /** @enum {string} */
              kind: 'assumed';
              seconds: number;
            };
        waves: {
          name: string;
          /** Format: date-time */
          earliest: string | null;
          /** Format: date-time */
          latest: string | null;
        }[];
        /** Format: date-time */
        at: string;
      } | null;
    };
    OrchestrationPage: {
      data: components['schemas']['Orchestration'][];
      count: number;
      totalCount: number;
    };
    OrchestrationDetail: components['schemas']['Orchestration'] & {
      failureBudget: {
        max: number;
        failed: number;
        failedAtPause: number | null;
      } | null;
      waves: components['schemas']['Wave'][];
      canceled: {
        by: string;
        /** Format: date-time */
        at: string;
        reason: string;
      } | null;
    };
    Canceled: {
      /** Format: uuid */
      orchestrationID: string;
    };
    Cancel: {
      reason?: string | null;
    };
    Pause: {
      reason?: string | null;
    };
    Resume: {
      acknowledge?: boolean | null;
      reason?: string | null;
    };
    RestOf: {
      reason?: string | null;
    };
    Answer: {
      /** @enum {string} */
      decision: 'approve' | 'reject';
      reason?: string | null;
    };
    Retried: {
      /** Format: uuid */
      orchestrationID: string;
      retryOperations: string[] | null;
      oldOperations: string[] | null;
      invalidOperations: string[] | null;
      msg: string;
    };
    RetryForm: {
      'operation-id'?: string[];
      /** @enum {string} */
      immediate?: 'true' | 'false' | '';
      reason?: string | null;
    };
    OperationPage: {
      data: components['schemas']['Operation'][];
      count: number;
      totalCount: number;
    };
    Operation: {
      /** Format: uuid */
      operationID: string;
      /** Format: uuid */
      orchestrationID: string;
      runtimeID: string;
      instanceID: string;
      globalAccountID: string;
      subAccountID: string;
      servicePlanID: string;
      servicePlanName: string;
      shootName: string;
      region: string;
      dryRun: boolean;
      /** Format: date-time */
      maintenanceWindowBegin: string;
      /** Format: date-time */
      maintenanceWindowEnd: string;
      /** @enum {string} */
      state: 'pending' | 'in progress' | 'retrying' | 'canceled' | 'succeeded' | 'failed';
      description: string;
      waitingFor: components['schemas']['WaitingFor'] | null;
      attempts: number;
      /** Format: date-time */
      startedAt: string | null;
      /** Format: date-time */
      finishedAt: string | null;
    };
    FailurePage: {
      data: components['schemas']['FailureCause'][];
      count: number;
      totalCount: number;
      others: number;
    };
    FailureCause: {
      cause: string;
      /** @enum {string|null} */
      code:
        | 'PROVISIONER_REFUSED'
        | 'GARDENER_REFUSED'
        | 'UPGRADE_FAILED'
        | 'TAKEN_BACK'
        | 'HEALTH_CHECK_FAILED'
        | 'NOT_ELIGIBLE'
        | 'OPERATION_UNKNOWN'
        | 'OVERRIDES_MISSING'
        | 'COMPONENTS_MISSING'
        | 'TARGETS_REFUSED'
        | 'OPERATION_TIMEOUT'
        | 'RUNTIME_BUSY'
        | 'OVERTAKEN'
        | 'OPERATION_LOST'
        | 'ORCHESTRATION_LOST'
        | 'OBJECT_REFUSED'
        | 'OBJECT_FAILED'
        | 'OBJECT_TIMEOUT'
        | 'OBJECT_IN_USE'
        | 'OBJECT_MISSING'
        | 'WINDOW_NOT_REACHED'
        | 'UNEXPECTED_ANSWER'
        | 'DATABASE_REFUSED'
        | null;
      message: string;
      count: number;
      /** Format: date-time */
      first: string;
      /** Format: date-time */
      last: string;
      operations: {
        /** Format: uuid */
        operationID: string;
        runtimeID: string;
        shootName: string;
      }[];
    };
    Summary: {
      /** Format: uuid */
      orchestrationID: string;
      /** @enum {string} */
      by: 'wave' | 'zone' | 'plan' | 'region' | 'hour';
      total: number;
      groups: {
        key: string | null;
        name?: string;
        total: number;
        states: {
          pending?: number;
          'in progress'?: number;
          retrying?: number;
          canceled?: number;
          succeeded?: number;
          failed?: number;
        };
      }[];
      others: number;
    };
    BurnUp: {
      /** Format: uuid */
      orchestrationID: string;
      total: number | null;
      planned: {
        /** Format: date-time */
        at: string;
        count: number;
      }[];
      actual: {
        /** Format: date-time */
        at: string;
        count: number;
      }[];
      neverBegan: number;
    };
    OperationDetail: {
      /** Format: uuid */
      operationID: string;
      /** Format: uuid */
      orchestrationID: string;
      runtimeID: string;
      instanceID: string;
      globalAccountID: string;
      subAccountID: string;
      servicePlanID: string;
      servicePlanName: string;
      shootName: string;
      region: string;
      dryRun: boolean;
      /** Format: date-time */
      maintenanceWindowBegin: string;
      /** Format: date-time */
      maintenanceWindowEnd: string;
      /** @enum {string} */
      state: 'pending' | 'in progress' | 'retrying' | 'canceled' | 'succeeded' | 'failed';
      description: string;
      waitingFor: components['schemas']['WaitingFor'] | null;
      attempts: number;
      /** Format: date-time */
      startedAt: string | null;
      /** Format: date-time */
      finishedAt: string | null;
      wave: string | null;
      kymaConfig?: {
        version: string;
        components: {
          component: string;
          namespace: string;
          configuration: components['schemas']['ConfigEntry'][];
        }[];
        configuration: components['schemas']['ConfigEntry'][];
      } | null;
      clusterConfig: components['schemas']['ClusterConfig'];
    };
    ConfigEntry: {
      key: string;
      value: string;
      secret: boolean;
    };
    ClusterConfig: {
      kubernetesVersion?: string;
      machineImage?: string;
      machineImageVersion?: string;
    } | null;
    EventPage: {
      data: components['schemas']['NamedEvent'][];
      count: number;
      totalCount: number;
    };
    NamedEvent: components['schemas']['Event'] & {
      shootName: string | null;
    };
    RuntimePage: {
      data: components['schemas']['Runtime'][];
      count: number;
      totalCount: number;
      /** Format: date-time */
      asOf: string;
    };
    Runtime: {
      instanceID: string;
      runtimeID: string;
      globalAccountID: string;
      /** @enum {string} */
      subscriptionGlobalAccountID: '';
      subAccountID: string;
      region: string;
      /** @enum {string} */
      subAccountRegion: '';
      shootName: string;
      /** @enum {string} */
      serviceClassID: '';
      /** @enum {string} */
      serviceClassName: '';
      servicePlanID: string;
      servicePlanName: string;
      provider: string;
      /** @enum {string} */
      userID: '';
      /** @enum {number} */
      avsInternalEvaluationID: 0;
      kymaVersion?: string;
      kymaConfig?: components['schemas']['KymaConfig'];
      clusterConfig?: components['schemas']['RuntimeClusterConfig'];
      status: {
        /** Format: date-time */
        createdAt: string;
        /** Format: date-time */
        modifiedAt: string;
        /** Format: date-time */
        deletedAt?: string;
        /** @enum {string} */
        state:
          | 'succeeded'
          | 'error'
          | 'upgrading'
          | 'provisioning'
          | 'failed'
          | 'suspended'
          | 'deprovisioning'
          | 'deprovisioned';
        provisioning?: components['schemas']['RuntimeOperation'];
        deprovisioning?: components['schemas']['RuntimeOperation'];
        upgradingKyma?: components['schemas']['RuntimeOperations'];
        upgradingCluster?: components['schemas']['RuntimeOperations'];
      };
    };
    KymaConfig: {
      version: string;
      components: {
        component: string;
        namespace: string;
        configuration: components['schemas']['ConfigEntry'][];
      }[];
      configuration: components['schemas']['ConfigEntry'][];
    };
    RuntimeClusterConfig: {
      name: string;
      kubernetesVersion: string;
      provider: string;
      region: string;
      machineType: string;
      machineImage: string;
      machineImageVersion: string;
    };
    RuntimeOperation: {
      operationID: string;
      orchestrationID?: string;
      state: string;
      description: string;
      /** Format: date-time */
      createdAt: string;
      /** Format: date-time */
      updatedAt: string;
      finishedStages: string[];
      runtimeVersion: string;
    };
    RuntimeOperations: {
      data: components['schemas']['RuntimeOperation'][];
      count: number;
      totalCount: number;
    };
    Fleet: {
      runtimes: number;
      byState: {
        key: string;
        count: number;
      }[];
      byPlan: {
        key: string;
        count: number;
      }[];
      byRegion: {
        key: string;
        count: number;
      }[];
      byKymaVersion: {
        key: string | null;
        count: number;
      }[];
      byKubernetesVersion: {
        key: string;
        count: number;
      }[];
      leftOut: {
        [key: string]: number;
      };
      windows: {
        policyVersion: number;
        groups: {
          zone: string;
          source: {
            /** @enum {string} */
            kind: 'rule' | 'shoot' | 'default';
            index: number | null;
            rule: {
              match: {
                plan?: string;
                globalAccountID?: string;
                region?: string;
              };
              days: ('Mon' | 'Tue' | 'Wed' | 'Thu' | 'Fri' | 'Sat' | 'Sun')[];
              timeBegin: string;
              timeEnd: string;
              timeZone?: string;
              cutoff?: string;
            } | null;
          };
          runtimes: number;
          next: {
            /** Format: date-time */
            begin: string;
            /** Format: date-time */
            latestStart: string;
            /** Format: date-time */
            end: string;
            runtimes: number;
          }[];
          nextWindows: number;
          hours: {
            /** Format: date-time */
            begin: string;
            /** Format: date-time */
            end: string;
            runtimes: number;
          }[];
          later: {
            /** Format: date-time */
            begin: string;
            runtimes: number;
          } | null;
        }[];
        withoutWindow: {
          'no definition': number;
          frozen: number;
          'opted out': number;
        };
      } | null;
      policy: {
        version: number;
        freezes:
          | {
              index: number;
              name: string;
              reason: string;
              /** Format: date-time */
              from: string;
              /** Format: date-time */
              to: string;
              runtimes: number | null;
            }[]
          | null;
      };
      inventory: {
        /** Format: date-time */
        asOf: string | null;
        ageSeconds: number | null;
        failure: {
          /** Format: date-time */
          at: string;
          message: string;
        } | null;
      };
    };
    TargetCount: {
      selected: number;
      excluded: number;
      total: number;
      shoots: string[];
      /** Format: date-time */
      asOf: string;
    };
    CountTargets: {
      targets: {
        include: components['schemas']['TargetSelector'][] | components['schemas']['TargetSelector'];
        exclude?: components['schemas']['TargetSelector'][] | components['schemas']['TargetSelector'] | null;
      };
    };
    DeedPage: {
      data: components['schemas']['Deed'][];
      count: number;
      totalCount: number;
    };
    Deed: {
      /** Format: date-time */
      at: string;
      actor: string;
      /** @enum {string} */
      event: 'orchestration' | 'wave' | 'approval' | 'queue' | 'policy' | 'stack' | 'object' | 'webhook';
      kind: string;
      /** Format: uuid */
      orchestrationID: string | null;
      orchestration: {
        /** @enum {string} */
        type: 'upgradeKyma' | 'upgradeCluster';
        parameters: components['schemas']['UpgradeVersions'];
        createdBy: string;
      } | null;
      stack: string | null;
      object: string | null;
      /** Format: uuid */
      webhookID: string | null;
      webhook: string | null;
      fromState: string | null;
      toState: string | null;
      reason: string;
    };
    MaintenancePolicy: {
      rules?:
        | {
            match?: {
              plan?: string | null;
              globalAccountID?: string | null;
              region?: string | null;
            } | null;
            days?: ('Mon' | 'Tue' | 'Wed' | 'Thu' | 'Fri' | 'Sat' | 'Sun')[] | null;
            timeBegin?: string | null;
            timeEnd?: string | null;
            timeZone?: string | null;
            cutoff?: string | null;
          }[]
        | null;
      default?: {
        days?: ('Mon' | 'Tue' | 'Wed' | 'Thu' | 'Fri' | 'Sat' | 'Sun')[] | null;
        timeBegin?: string | null;
        timeEnd?: string | null;
        timeZone?: string | null;
        cutoff?: string | null;
      } | null;
      freezes?:
        | {
            name?: string | null;
            reason?: string | null;
            from?: string | null;
            to?: string | null;
            timeZone?: string | null;
            match?: {
              plan?: string | null;
              globalAccountID?: string | null;
              region?: string | null;
            } | null;
          }[]
        | null;
      optOut?:
        | {
            runtimeID?: string | null;
            match?: {
              plan?: string | null;
              globalAccountID?: string | null;
              region?: string | null;
            } | null;
            reason?: string | null;
            until?: string | null;
            timeZone?: string | null;
          }[]
        | null;
    };
    PolicyVersionPage: {
      data: components['schemas']['PolicyVersion'][];
      count: number;
      totalCount: number;
    };
    PolicyVersion: {
      version: number;
      changedBy: string;
      /** Format: date-time */
      changedAt: string;
      reason: string;
    };
    PolicyReplaced: {
      version: number;
      changedBy: string;
      /** Format: date-time */
      changedAt: string;
      reason: string;
      withoutWindow: {
        'no definition': number;
        frozen: number;
        'opted out': number;
      } | null;
      named: {
        runtimeID: string;
        shootName: string;
        /** @enum {string} */
        reason: 'no definition' | 'frozen' | 'opted out';
        frozenBy: string[];
        optOut: {
          index: number;
          reason: string;
          /** Format: date-time */
          until: string;
        } | null;
      }[];
      notCounted: string | null;
    };
    PolicyOfRuntime: {
      /**
       * @description discriminator enum property added by openapi-typescript
       * @enum {string}
       */
      kind: 'runtime';
      version: number | null;
      /** Format: date-time */
      from: string;
      runtimeID: string;
      shootName: string;
      description: string;
      source: {
        /** @enum {string} */
        kind: 'rule' | 'shoot' | 'default';
        index: number | null;
        rule: {
          match: {
            plan?: string;
            globalAccountID?: string;
            region?: string;
          };
          days: ('Mon' | 'Tue' | 'Wed' | 'Thu' | 'Fri' | 'Sat' | 'Sun')[];
          timeBegin: string;
          timeEnd: string;
          timeZone?: string;
          cutoff?: string;
        } | null;
      } | null;
      definition: {
        days: ('Mon' | 'Tue' | 'Wed' | 'Thu' | 'Fri' | 'Sat' | 'Sun')[];
        timeBegin: string;
        timeEnd: string;
        timeZone?: string;
        cutoff?: string;
      } | null;
      windows: {
        /** Format: date-time */
        begin: string;
        /** Format: date-time */
        latestStart: string;
        /** Format: date-time */
        end: string;
      }[];
      frozenBy: string[];
      optOut: {
        index: number;
        reason: string;
        /** Format: date-time */
        until: string;
      } | null;
    };
    PolicyOfFleet: {
      /**
       * @description discriminator enum property added by openapi-typescript
       * @enum {string}
       */
      kind: 'fleet';
      version: number | null;
      /** Format: date-time */
      from: string;
      runtimes: number;
      groups: {
        zone: string;
        source: {
          /** @enum {string} */
          kind: 'rule' | 'shoot' | 'default';
          index: number | null;
          rule: {
            match: {
              plan?: string;
              globalAccountID?: string;
              region?: string;
            };
            days: ('Mon' | 'Tue' | 'Wed' | 'Thu' | 'Fri' | 'Sat' | 'Sun')[];
            timeBegin: string;
            timeEnd: string;
            timeZone?: string;
            cutoff?: string;
          } | null;
        };
        runtimes: number;
        next: {
          /** Format: date-time */
          begin: string;
          /** Format: date-time */
          latestStart: string;
          /** Format: date-time */
          end: string;
          runtimes: number;
        }[];
        nextWindows: number;
      }[];
      withoutWindow: {
        'no definition': number;
        frozen: number;
        'opted out': number;
      };
      named: {
        runtimeID: string;
        shootName: string;
        /** @enum {string} */
        reason: 'no definition' | 'frozen' | 'opted out';
        frozenBy: string[];
        optOut: {
          index: number;
          reason: string;
          /** Format: date-time */
          until: string;
        } | null;
      }[];
      freezes:
        | {
            index: number;
            name: string;
            reason: string;
            /** Format: date-time */
            from: string;
            /** Format: date-time */
            to: string;
            runtimes: number | null;
          }[]
        | null;
      leftOut: {
        [key: string]: number;
      };
    };
    TryPolicy: {
      policy?: {
        rules?:
          | {
              match?: {
                plan?: string | null;
                globalAccountID?: string | null;
                region?: string | null;
              } | null;
              days?: ('Mon' | 'Tue' | 'Wed' | 'Thu' | 'Fri' | 'Sat' | 'Sun')[] | null;
              timeBegin?: string | null;
              timeEnd?: string | null;
              timeZone?: string | null;
              cutoff?: string | null;
            }[]
          | null;
        default?: {
          days?: ('Mon' | 'Tue' | 'Wed' | 'Thu' | 'Fri' | 'Sat' | 'Sun')[] | null;
          timeBegin?: string | null;
          timeEnd?: string | null;
          timeZone?: string | null;
          cutoff?: string | null;
        } | null;
        freezes?:
          | {
              name?: string | null;
              reason?: string | null;
              from?: string | null;
              to?: string | null;
              timeZone?: string | null;
              match?: {
                plan?: string | null;
                globalAccountID?: string | null;
                region?: string | null;
              } | null;
            }[]
          | null;
        optOut?:
          | {
              runtimeID?: string | null;
              match?: {
                plan?: string | null;
                globalAccountID?: string | null;
                region?: string | null;
              } | null;
              reason?: string | null;
              until?: string | null;
              timeZone?: string | null;
            }[]
          | null;
      } | null;
      runtimeID?: string | null;
      from?: string | null;
    };
    WebhookList: {
      data: components['schemas']['Webhook'][];
      count: number;
      totalCount: number;
    };
    Webhook: {
      /** Format: uuid */
      webhookID: string;
      url: string;
      description: string;
      events: components['schemas']['WebhookEventType'][];
      enabled: boolean;
      disabled: {
        by: string;
        reason: string;
      } | null;
      /** Format: date-time */
      earlierSecretUntil: string | null;
      lastDelivery: components['schemas']['WebhookDelivery'];
      createdBy: string;
      /** Format: date-time */
      createdAt: string;
      /** Format: date-time */
      updatedAt: string;
    };
    /** @enum {string} */
    WebhookEventType:
      | 'orchestration.created'
      | 'orchestration.started'
      | 'orchestration.paused'
      | 'orchestration.resumed'
      | 'orchestration.ended'
      | 'orchestration.stalled'
      | 'wave.started'
      | 'wave.ended'
      | 'approval.requested'
      | 'approval.decided'
      | 'approval.expired'
      | 'budget.exceeded'
      | 'operation.failed'
      | 'queue.paused'
      | 'queue.resumed'
      | 'policy.changed'
      | 'stack.status'
      | 'window.upcoming'
      | 'webhook.disabled'
      | 'webhook.test';
    WebhookDelivery: {
      /** Format: uuid */
      deliveryID: string;
      /** Format: uuid */
      eventID: string;
      type: components['schemas']['WebhookEventType'];
      /** @enum {string} */
      state: 'pending' | 'delivered' | 'failed';
      attempts: number;
      /** Format: date-time */
      nextAttemptAt: string | null;
      /** Format: date-time */
      attemptedAt: string | null;
      answerStatus: number | null;
      answer: string | null;
      /** Format: date-time */
      createdAt: string;
    } | null;
    WebhookChange: {
      url?: string;
      description?: string;
      events?: components['schemas']['WebhookEventType'][];
      enabled?: boolean;
    };
    WebhookTest: {
      /** Format: uuid */
      eventID: string;
    };
    Stack: {
      name: string;
      description: string;
      account: string;
      schedule: {
        /** Format: date-time */
        start_time: string | null;
        /** Format: date-time */
        stop_time: string | null;
      };
      oplans: components['schemas']['ObjectPlan'][];
      relationships: {
        oplan: string;
        to_oplan: string;
        /** @enum {string} */
        type: 'depends';
      }[];
      /** @enum {string} */
      status:
        | 'stopped'
        | 'scheduled'
        | 'starting'
        | 'ready'
        | 'shutting_down'
        | 'shut_down'
        | 'restarting'
        | 'stopping'
        | 'error'
        | 'warning';
      /** Format: date-time */
      status_timestamp: string;
      /** Format: uri */
      uri: string;
      user: string;
      info: {
        errors: {
          [key: string]: string;
        };
      };
    };
    ObjectPlan: {
      label: string;
      /** @enum {string} */
      obj_type:
        | 'launchplan'
        | 'storage/volume'
        | 'storage/attachment'
        | 'ip/reservation'
        | 'ip/association'
        | 'seclist'
        | 'secrule'
        | 'vnet'
        | 'orchestration';
      /** @enum {string} */
      ha_policy: 'active' | 'monitor' | 'none';
      objects: Record<string, never>[];
      /** @enum {string} */
      status:
        | 'stopped'
        | 'scheduled'
        | 'starting'
        | 'ready'
        | 'shutting_down'
        | 'shut_down'
        | 'restarting'
        | 'stopping'
        | 'error'
        | 'warning';
      /** Format: date-time */
      status_timestamp: string;
      info: {
        errors: {
          [key: string]: string;
        };
        needs: string[];
      };
    };
    StackList: {
      result: components['schemas']['Stack'][];
    };
    StackEventPage: {
      data: components['schemas']['StackEvent'][];
      count: number;
      totalCount: number;
    };
    Session: {
      subject: string;
      name: string;
      roles: ('admin' | 'operator')[];
      groups: {
        admin: string;
        operator: string;
      };
      /** Format: date-time */
      expiresAt: string;
      /** Format: uri */
      workflowsURL: string | null;
    };
  };
  responses: {
    Refused: {
      headers: {
        [name: string]: unknown;
      };
      content: {
        'application/problem+json': components['schemas']['Problem'];
      };
    };
  };
  parameters: never;
  requestBodies: never;
  headers: never;
  pathItems: never;
}
export type $defs = Record<string, never>;
export type operations = Record<string, never>;
