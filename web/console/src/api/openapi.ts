/**
 * This file was auto-generated from openapi.json by "npm run generate".
 * Do not change it by hand.
 */
export type paths = Record<string, never>;
export type webhooks = Record<string, never>;
export interface components {
    schemas: {
        /**
         * @description An agent's state right after sign-in.
         * @enum {string}
         */
        AfterSignIn: "ready" | "not_ready";
        /** @description An agent as records name them. */
        AgentName: {
            /**
             * Format: int64
             * @description Internal id.
             */
            id: number;
            /** @description The name; empty for someone who was deleted. */
            name: string;
            /** @description The account. */
            user_id: string;
        };
        /** @description A key of the cloud API, as lists show it. */
        ApiKey: {
            /**
             * Format: int64
             * @description Unix seconds.
             */
            created_at: number;
            /** @description Switched on. */
            enabled: boolean;
            /** @description What the administrator wrote about it. */
            note: string;
            /** @description `AKID…` */
            secret_id: string;
        };
        /** @description A key to make. */
        ApiKeyInput: {
            /** @description What it is for. */
            note?: string;
        };
        /** @description Switches a key on or off. */
        ApiKeySwitch: {
            /** @description On or off. */
            enabled: boolean;
        };
        /** @description An application: the tenant. */
        Application: {
            /** @description How the desk behaves. */
            desk_rules: components["schemas"]["DeskRules"];
            /**
             * Format: int64
             * @description Its id, the cloud API's SdkAppId.
             */
            id: number;
            /** @description Its name. */
            name: string;
            /** @description Which numbers outside its people may call. */
            outside_calls: components["schemas"]["OutsideCalls"];
            /**
             * Format: int32
             * @description How many telephones may be registered at once; `null`: as many as there are.
             */
            phone_licences?: number | null;
        };
        /** @description An application's name and desk rules. What was read may be sent back as it is. */
        ApplicationInput: {
            /** @description How the desk behaves. */
            desk_rules: components["schemas"]["DeskRules"];
            /** @description Its name. */
            name: string;
            outside_calls?: components["schemas"]["OutsideCalls"] | null;
        };
        /**
         * @description Whether a carrier's gateway is asked whether it is there.
         * @enum {string}
         */
        AskWhen: "where_registered" | "always" | "never";
        /** @description One key of a branch. */
        BranchKey: {
            /** @description `0`–`9`, `*` or `#`. */
            key: string;
            /** @description What records call it. */
            label?: string;
            /** @description Where it leads. */
            next: string;
        };
        /**
         * @description Who called whom.
         * @enum {string}
         */
        CallDirection: "inbound" | "outbound" | "internal";
        /** @description What can happen to a call. */
        CallEvent: {
            callee: string;
            caller: string;
            /** @enum {string} */
            event: "arrived";
            sip_call_id: string;
            /** Format: int64 */
            trunk: number;
            user_to_user?: string | null;
        } | {
            /** Format: int64 */
            agent?: number | null;
            callee: string;
            caller: string;
            direction: components["schemas"]["CallDirection"];
            /** @enum {string} */
            event: "dialled";
            /** Format: int64 */
            group?: number | null;
            /** Format: int64 */
            trunk?: number | null;
            user_id: string;
        } | {
            /** Format: int64 */
            agent: number;
            /** @enum {string} */
            event: "called";
            /** Format: int64 */
            group?: number | null;
            user_id: string;
        } | {
            callee: string;
            /** @enum {string} */
            event: "redirected";
        } | {
            /** @enum {string} */
            event: "rang";
        } | {
            /** @enum {string} */
            event: "connected";
        } | {
            /** @enum {string} */
            event: "answered";
        } | {
            /** @enum {string} */
            event: "flow_started";
            /** Format: int64 */
            flow: number;
            /** Format: int32 */
            version: number;
        } | {
            /** @enum {string} */
            event: "node_entered";
            label: string;
            node: string;
        } | {
            /** @enum {string} */
            event: "key_pressed";
            key: string;
            label: string;
            node_label: string;
        } | {
            /** @enum {string} */
            event: "queued";
            /** Format: int64 */
            group: number;
            group_name: string;
        } | {
            /** @enum {string} */
            event: "left_queue";
            why: components["schemas"]["LeftQueue"];
        } | {
            /** Format: int64 */
            agent: number;
            /** @enum {string} */
            event: "offered";
            /** Format: int64 */
            group: number;
            /** Format: uuid */
            offer: string;
            trace: components["schemas"]["Considered"][];
            user_id: string;
        } | {
            /** @enum {string} */
            event: "offer_ended";
            /** Format: uuid */
            offer: string;
            why: components["schemas"]["OfferEnd"];
        } | {
            /** Format: int64 */
            agent: number;
            /** @enum {string} */
            event: "accepted";
            /** Format: uuid */
            offer: string;
        } | {
            /** Format: int64 */
            agent?: number | null;
            /** @enum {string} */
            event: "transfer_asked";
            from: string;
            kind: components["schemas"]["TransferKind"];
            to: string;
        } | {
            /** @enum {string} */
            event: "transfer_failed";
            /** Format: int32 */
            status: number;
        } | {
            /** Format: int64 */
            agent?: number | null;
            /** @enum {string} */
            event: "transferred";
            /** Format: int64 */
            group?: number | null;
            side: components["schemas"]["Side"];
            user_id: string;
        } | {
            /** Format: int64 */
            agent: number;
            /** @enum {string} */
            event: "recording_started";
            /** Format: uuid */
            recording: string;
        } | {
            /** @enum {string} */
            event: "recording_stopped";
            /** Format: uuid */
            recording: string;
        } | {
            /** @enum {string} */
            event: "no_sound";
            /** Format: int64 */
            lasted_ms: number;
            party: components["schemas"]["Party"];
        } | {
            /** @enum {string} */
            event: "sound_again";
            /** Format: int64 */
            lasted_ms: number;
            party: components["schemas"]["Party"];
        } | {
            /** @enum {string} */
            event: "measured";
            sound: components["schemas"]["LegSound"];
        } | {
            /** @enum {string} */
            event: "remarked";
            text: string;
        } | {
            by: components["schemas"]["HungUpSide"];
            cause?: string | null;
            /** @enum {string} */
            event: "ended";
            status: components["schemas"]["EndStatus"];
        };
        /** @description A call of the demo's virtual customer. */
        CallMeInput: {
            /** @description The menu key to press: `1` or `2`. */
            skill?: string | null;
        };
        /**
         * @description Where a call is.
         * @enum {string}
         */
        CallStage: "arriving" | "ivr" | "queued" | "ringing" | "dialling" | "talking";
        /**
         * @description Where a carrier wants to read the caller's number.
         * @enum {string}
         */
        CallerId: "from" | "p_asserted_identity" | "p_asserted_identity_only";
        /** @description One agent in a routing decision. */
        Considered: {
            /** Format: int64 */
            agent: number;
            verdict: components["schemas"]["Verdict"];
        };
        /** @description The id of what was made. */
        Created: {
            /**
             * Format: int64
             * @description Its id.
             */
            id: number;
        };
        /** @description The number that was made. */
        CreatedNumber: {
            /** @description Its canonical form. */
            number: string;
        };
        /** @description The agent's world. */
        Desk: {
            /**
             * Format: int64
             * @description Who.
             */
            agent: number;
            call?: components["schemas"]["DeskCall"] | null;
            /** @description What the agent is doing. */
            presence: components["schemas"]["DeskPresence"];
            /**
             * Format: int64
             * @description Rises by one with each snapshot.
             */
            sequence: number;
            /**
             * Format: int64
             * @description The server's wall clock in milliseconds; count down against it.
             */
            server_ms: number;
            /** @description Whether the page's sound path stands. */
            sound: components["schemas"]["SoundPath"];
            /**
             * Format: int32
             * @description Callers waiting in the agent's skill groups.
             */
            waiting: number;
        };
        /** @description The call of a desk. */
        DeskCall: {
            /**
             * Format: uuid
             * @description Which.
             */
            call: string;
            /** @description The called number. */
            callee: string;
            /** @description The caller's number, as this agent may see it; in a call out, the number that is shown. */
            caller: string;
            /** @description Who called whom. */
            direction: components["schemas"]["CallDirection"];
            /** @description The group it queued for. */
            group: string;
            /** @description Keys pressed, with their labels. */
            keys: components["schemas"]["DeskKey"][];
            /**
             * Format: int64
             * @description When the call came.
             */
            started_ms: number;
            /** @description From whom nothing has been heard for too long. */
            unheard: components["schemas"]["Side"][];
            /**
             * Format: int64
             * @description How long the caller waited before the desk rang.
             */
            waited_ms: number;
        };
        /** @description What the page tells the server. */
        DeskClientMessage: components["schemas"]["DeskRequest"] & {
            /**
             * Format: int64
             * @description Comes back in `done` or `refused`.
             */
            id?: number | null;
        };
        /** @description A key on the call card. */
        DeskKey: {
            /** @description The key. */
            key: string;
            /** @description Its label. */
            label: string;
        };
        /** @description What an agent is doing. */
        DeskPresence: {
            /** @enum {string} */
            state: "signed_out";
        } | {
            /**
             * Format: int64
             * @description Since when.
             */
            since_ms: number;
            /** @enum {string} */
            state: "ready";
        } | {
            /**
             * Format: uuid
             * @description The lease to accept or decline.
             */
            offer: string;
            /**
             * Format: int64
             * @description How long it rings in all.
             */
            ring_ms: number;
            /** @enum {string} */
            state: "offered";
            /**
             * Format: int64
             * @description When it rings out.
             */
            until_ms: number;
        } | {
            /**
             * Format: int64
             * @description Since when.
             */
            since_ms: number;
            /** @enum {string} */
            state: "dialling";
        } | {
            /** @description Whether the agent's microphone is muted at the server. */
            muted: boolean;
            /**
             * Format: int64
             * @description Since when.
             */
            since_ms: number;
            /** @enum {string} */
            state: "talking";
        } | {
            /** @enum {string} */
            state: "wrap_up";
            /**
             * Format: int64
             * @description When it ends by itself.
             */
            until_ms: number;
            /**
             * Format: int64
             * @description How long it lasts in all.
             */
            wrap_up_ms: number;
        } | {
            /** @description `rest`, `not_ready` or `missed_offer`. */
            reason: string;
            /**
             * Format: int64
             * @description Since when.
             */
            since_ms: number;
            /** @enum {string} */
            state: "away";
            /** @description The text of a rest. */
            text?: string | null;
        };
        /** @description What a page asks for. */
        DeskRequest: {
            /** @enum {string} */
            do: "ping";
        } | {
            /** @enum {string} */
            do: "offer_sound";
            /** @description The browser's SDP offer. */
            sdp: string;
        } | {
            /** @enum {string} */
            do: "be_ready";
        } | {
            /** @enum {string} */
            do: "be_away";
            /** @description A text (may be empty) for a rest, null for not ready. */
            rest?: string | null;
        } | {
            /** @enum {string} */
            do: "accept";
            /**
             * Format: uuid
             * @description The lease.
             */
            offer: string;
        } | {
            /** @enum {string} */
            do: "decline";
            /**
             * Format: uuid
             * @description The lease.
             */
            offer: string;
        } | {
            /** @enum {string} */
            do: "call";
            /** @description The number to show, one that the agent may show; the first of them when left out. */
            from?: string | null;
            /** @description A number in any writing, or an extension. */
            to: string;
        } | {
            /**
             * Format: uuid
             * @description Which.
             */
            call: string;
            /** @enum {string} */
            do: "hang_up";
        } | {
            /** @enum {string} */
            do: "mute";
            /** @description Off or on. */
            muted: boolean;
        } | {
            /** @description `0`–`9`, `*`, `#`. */
            digits: string;
            /** @enum {string} */
            do: "send_digits";
        } | {
            /** @enum {string} */
            do: "remark";
            /** @description The text. */
            text: string;
        } | {
            /** @enum {string} */
            do: "sign_out";
        };
        /** @description How the desk behaves. */
        DeskRules: {
            /** @description State after sign-in. */
            after_sign_in: components["schemas"]["AfterSignIn"];
            /** @description Texts an agent may choose as a reason for a rest. */
            rest_reasons: string[];
            /**
             * Format: int32
             * @description Seconds an offer rings before the next agent gets it.
             */
            ring_timeout_s: number;
            /**
             * Format: int32
             * @description Seconds of wrap-up after a call; 0 means none.
             */
            wrap_up_s: number;
        };
        /** @description What the server tells the page. */
        DeskServerMessage: {
            /** @description The world. */
            desk: components["schemas"]["Desk"];
            /** @enum {string} */
            kind: "desk";
        } | {
            /** @enum {string} */
            kind: "sound_answer";
            /** @description SDP. */
            sdp: string;
        } | {
            /**
             * Format: int64
             * @description The request's id.
             */
            id?: number | null;
            /** @enum {string} */
            kind: "done";
        } | {
            /** @description Why. */
            error: components["schemas"]["Error"];
            /**
             * Format: int64
             * @description The request's id; null when it could not be read.
             */
            id?: number | null;
            /** @enum {string} */
            kind: "refused";
        } | {
            /** @enum {string} */
            kind: "pong";
        } | {
            /** @enum {string} */
            kind: "replaced";
        };
        /**
         * @description How a call ended: the vendor's words.
         * @enum {string}
         */
        EndStatus: "error" | "ok" | "seatGiveUp" | "ivrGiveUp" | "waitingGiveUp" | "ringingGiveUp" | "noSeatOnline" | "ivrEnd" | "notAnswer" | "userReject" | "powerOff" | "numberNotExist" | "busy" | "outOfCredit" | "operatorError" | "callerCancel" | "notInService" | "clientError" | "carrierBlocked" | "numberInvalid" | "callRestricted" | "callerCancelWhileRing";
        /** @description Why a request was refused. */
        Error: {
            /** @description Stable code of the catalogue, `area.what`. */
            code: string;
            /** @description All faults, where there can be several. */
            details?: components["schemas"]["ErrorDetail"][];
            /** @description What to do about it. */
            mend: string;
            /** @description What happened, in the language of `Accept-Language` (zh or en). */
            message: string;
        };
        /** @description The body of every refusal. */
        ErrorBody: {
            /** @description Why. */
            error: components["schemas"]["Error"];
        };
        /** @description One of several faults. */
        ErrorDetail: {
            /** @description Stable code of the fault. */
            code: string;
            /** @description The field. */
            field: string;
            /** @description What is wrong. */
            message: string;
            /** @description The flow's node; left out for a field of the whole form. */
            node?: string;
            /** @description `error` or `warning`; only errors refuse. */
            severity: components["schemas"]["Severity"];
        };
        /** @description What is at a leg's far end, as the journal says it. */
        FarEnd: {
            /** Format: int64 */
            trunk: number;
        } | {
            /** Format: int64 */
            phone: number;
        } | "browser" | "virtual";
        /** @description The first administrator of a new application. */
        FirstAdministrator: {
            /** @description The name. */
            name: string;
            /** @description The first password. */
            password: string;
            /** @description The account. */
            user_id: string;
        };
        /** @description The floor at one moment. */
        Floor: {
            /** @description Everyone who is not signed out. Agents see themselves. */
            agents: components["schemas"]["LiveAgent"][];
            /**
             * Format: int64
             * @description The application.
             */
            app: number;
            /** @description Calls in progress, oldest first. Agents see their own. */
            calls: components["schemas"]["LiveCall"][];
            /** @description Skill groups. Agents see theirs. */
            queues: components["schemas"]["LiveQueue"][];
            /**
             * Format: int64
             * @description The server's wall clock in milliseconds.
             */
            server_ms: number;
        };
        /** @description An IVR flow. */
        Flow: {
            /**
             * Format: int64
             * @description Its id.
             */
            id: number;
            /**
             * Format: int64
             * @description Unix seconds of the last change.
             */
            modified_at: number;
            /** @description Its name. */
            name: string;
            /** @description Its nodes by name. */
            nodes: {
                [key: string]: components["schemas"]["FlowNode"];
            };
            /** @description The first node. */
            start: string;
            /**
             * Format: int32
             * @description Rises with each publication.
             */
            version: number;
        };
        /** @description A flow to create or to publish anew. What was read may be sent back as it is. */
        FlowInput: {
            /**
             * Format: int32
             * @description The version that this one was made from; only when publishing anew.
             */
            base_version?: number | null;
            /** @description Its name, unique in the application. */
            name: string;
            /** @description Its nodes by name. */
            nodes: {
                [key: string]: components["schemas"]["FlowNode"];
            };
            /** @description The first node. */
            start: string;
        };
        /** @description A node of a flow. */
        FlowNode: components["schemas"]["Step"] & {
            /** @description The node's label, as records show it. */
            label?: string;
        };
        /** @description Where a person's calls go instead. */
        Forwarding: {
            /**
             * Format: int32
             * @description 1 always, 2 when busy, unanswered or offline.
             */
            condition: number;
            /** @description Whether it is on. */
            enabled: boolean;
            /** @description Where to. */
            target: components["schemas"]["ForwardingTarget"];
        };
        /** @description Where forwarded calls go. */
        ForwardingTarget: {
            /** @description An agent's account. */
            agent: string;
        } | {
            /**
             * Format: int64
             * @description A skill group.
             */
            skill_group: number;
        } | {
            /** @description An extension. */
            extension: string;
        };
        /** @description A group as records name it. */
        GroupName: {
            /**
             * Format: int64
             * @description Its id.
             */
            id: number;
            /** @description Its name. */
            name: string;
        };
        /**
         * @description Who ended a call.
         * @enum {string}
         */
        HungUpSide: "seat" | "user" | "system";
        /** @description A list. */
        Items_ApiKey: {
            /** @description Its elements. */
            items: {
                /**
                 * Format: int64
                 * @description Unix seconds.
                 */
                created_at: number;
                /** @description Switched on. */
                enabled: boolean;
                /** @description What the administrator wrote about it. */
                note: string;
                /** @description `AKID…` */
                secret_id: string;
            }[];
        };
        /** @description A list. */
        Items_Application: {
            /** @description Its elements. */
            items: {
                /** @description How the desk behaves. */
                desk_rules: components["schemas"]["DeskRules"];
                /**
                 * Format: int64
                 * @description Its id, the cloud API's SdkAppId.
                 */
                id: number;
                /** @description Its name. */
                name: string;
                /** @description Which numbers outside its people may call. */
                outside_calls: components["schemas"]["OutsideCalls"];
                /**
                 * Format: int32
                 * @description How many telephones may be registered at once; `null`: as many as there are.
                 */
                phone_licences?: number | null;
            }[];
        };
        /** @description A list. */
        Items_ErrorDetail: {
            /** @description Its elements. */
            items: {
                /** @description Stable code of the fault. */
                code: string;
                /** @description The field. */
                field: string;
                /** @description What is wrong. */
                message: string;
                /** @description The flow's node; left out for a field of the whole form. */
                node?: string;
                /** @description `error` or `warning`; only errors refuse. */
                severity: components["schemas"]["Severity"];
            }[];
        };
        /** @description A list. */
        Items_Flow: {
            /** @description Its elements. */
            items: {
                /**
                 * Format: int64
                 * @description Its id.
                 */
                id: number;
                /**
                 * Format: int64
                 * @description Unix seconds of the last change.
                 */
                modified_at: number;
                /** @description Its name. */
                name: string;
                /** @description Its nodes by name. */
                nodes: {
                    [key: string]: components["schemas"]["FlowNode"];
                };
                /** @description The first node. */
                start: string;
                /**
                 * Format: int32
                 * @description Rises with each publication.
                 */
                version: number;
            }[];
        };
        /** @description A list. */
        Items_Number: {
            /** @description Its elements. */
            items: {
                /** @description Skill groups whose agents may show it when they call out. */
                call_out_groups: number[];
                /**
                 * Format: int64
                 * @description The flow that answers it; null refuses calls.
                 */
                flow?: number | null;
                /**
                 * Format: int64
                 * @description Unix seconds of the last change.
                 */
                modified_at: number;
                /** @description Canonical form: digits, `0086…`. */
                number: string;
                /**
                 * Format: int32
                 * @description 1 normal, 2 suspended for arrears, 4 disabled by an administrator, 5 disabled for a violation.
                 */
                state: number;
                /**
                 * Format: int64
                 * @description The trunk that carries it.
                 */
                trunk: number;
            }[];
        };
        /** @description A list. */
        Items_OwnNumber: {
            /** @description Its elements. */
            items: {
                /** @description Canonical form: digits, `0086…`. */
                number: string;
            }[];
        };
        /** @description A list. */
        Items_Phone: {
            /** @description Its elements. */
            items: {
                /**
                 * Format: int64
                 * @description The agent who works at it.
                 */
                agent?: number | null;
                /** @description Switched on. */
                enabled: boolean;
                /** @description Its number in the house and its user name. */
                extension: string;
                /**
                 * Format: int64
                 * @description Its id.
                 */
                id: number;
                /**
                 * Format: int64
                 * @description Unix seconds of the last change.
                 */
                modified_at: number;
                /** @description Where it stands, or whose it is. */
                name: string;
            }[];
        };
        /** @description A list. */
        Items_SkillGroup: {
            /** @description Its elements. */
            items: {
                /** @description Internal number; may be empty. */
                alias: string;
                /**
                 * Format: int64
                 * @description Its id.
                 */
                id: number;
                /**
                 * Format: int32
                 * @description 0 phone, 1 online, 3 audio, 4 video.
                 */
                kind: number;
                /** @description Whether the agent who last served the caller is tried first. */
                last_agent_first: boolean;
                /**
                 * Format: int32
                 * @description Simultaneous sessions a member takes.
                 */
                max_concurrency: number;
                /**
                 * Format: int64
                 * @description How many people are in it.
                 */
                members: number;
                /**
                 * Format: int64
                 * @description Unix seconds of the last change.
                 */
                modified_at: number;
                /** @description Its name. */
                name: string;
                /** @description Whether all members ring at once. */
                ring_all: boolean;
            }[];
        };
        /** @description A list. */
        Items_Sound: {
            /** @description Its elements. */
            items: {
                /**
                 * Format: int64
                 * @description Length.
                 */
                duration_ms: number;
                /**
                 * Format: int64
                 * @description Its id.
                 */
                id: number;
                /** @description Its name. */
                name: string;
            }[];
        };
        /** @description A list. */
        Items_Staff: {
            /** @description Its elements. */
            items: {
                /** @description Personal extension. */
                extension?: string | null;
                forwarding?: components["schemas"]["Forwarding"] | null;
                /** @description Skill group id → priority there: 1 first … 5 last. */
                groups: {
                    [key: string]: number;
                };
                /**
                 * Format: int64
                 * @description Internal id.
                 */
                id: number;
                /**
                 * Format: int32
                 * @description 0 off, 1 only while offline, 2 always.
                 */
                mobile_accept: number;
                /** @description Whether calls may be made from the person's mobile. */
                mobile_call_out: boolean;
                /**
                 * Format: int64
                 * @description Unix seconds of the last change.
                 */
                modified_at: number;
                /** @description Name. */
                name: string;
                /** @description Nickname shown to customers. */
                nick: string;
                /** @description Phone with the 0086 prefix; may be empty. */
                phone: string;
                /** @description What the person may do. */
                role: components["schemas"]["Role"];
                /** @description Work number. */
                staff_number: string;
                /** @description The account. */
                user_id: string;
            }[];
        };
        /** @description A list. */
        Items_Trunk: {
            /** @description Its elements. */
            items: {
                account?: components["schemas"]["TrunkAccount"] | null;
                /** @description Switched on. */
                enabled: boolean;
                /**
                 * Format: int64
                 * @description Its id.
                 */
                id: number;
                /** @description How its numbers are written before they are looked up; the longest matching prefix wins. */
                inward_rewrites: components["schemas"]["Rewrite"][];
                /**
                 * Format: int32
                 * @description Most calls at once, both ways; null for the node's limit.
                 */
                max_calls?: number | null;
                /**
                 * Format: int32
                 * @description Most new calls a second, both ways; null for the node's limit.
                 */
                max_calls_per_second?: number | null;
                /**
                 * Format: int64
                 * @description Unix seconds of the last change.
                 */
                modified_at: number;
                /** @description Its name. */
                name: string;
                outward?: components["schemas"]["TrunkOutward"] | null;
                /** @description How the sound travels. */
                protection: components["schemas"]["Protection"];
                /** @description Source networks of its calls, `203.0.113.0/24`. */
                sources: string[];
            }[];
        };
        /** @description A list. */
        Items_TrunkState: {
            /** @description Its elements. */
            items: {
                /** @description The gateway's addresses, best first; none while they are not found. */
                addresses: components["schemas"]["TrunkAddress"][];
                /**
                 * Format: int64
                 * @description The trunk's id.
                 */
                id: number;
                registration?: components["schemas"]["TrunkRegistration"] | null;
                /** @description All in one word. */
                state: components["schemas"]["TrunkCondition"];
            }[];
        };
        /** @description One line of a call's journal. */
        JournalEntry: {
            /**
             * Format: int64
             * @description When, in wall milliseconds.
             */
            at_ms: number;
            /** @description What happened, with its facts. */
            event: components["schemas"]["CallEvent"];
            /**
             * Format: int32
             * @description 0, 1, 2 …
             */
            sequence: number;
        };
        /** @description A key pressed in a branch. */
        KeyPress: {
            /**
             * Format: int64
             * @description When.
             */
            at_ms: number;
            /** @description The key. */
            key: string;
            /** @description The branch's label for it. */
            label: string;
            /** @description The node's label. */
            node_label: string;
        };
        /**
         * @description Why a caller left the queue.
         * @enum {string}
         */
        LeftQueue: "nobody_signed_in" | "waited_too_long" | "full";
        /**
         * @description What is at a leg's far end.
         * @enum {string}
         */
        LegKind: "trunk" | "phone" | "browser" | "virtual";
        /** @description How a leg sounded, as the journal says it. */
        LegSound: {
            codec?: string | null;
            /** Format: int32 */
            jitter_us: number;
            /** Format: int64 */
            lost: number;
            /** Format: int32 */
            mos: number;
            party: components["schemas"]["Party"];
            /** Format: int64 */
            received: number;
            remote?: string | null;
            /** Format: int32 */
            remote_lost: number;
            /** Format: int32 */
            round_trip_us: number;
            /** Format: int64 */
            sent: number;
            /** Format: int32 */
            silences: number;
            /** Format: int64 */
            silent_ms: number;
        };
        /** @description What the operator grants an application. */
        LicencesInput: {
            /**
             * Format: int32
             * @description How many telephones may be registered at once; `null`: as many as there are.
             */
            phones?: number | null;
        };
        /** @description An agent on the floor. */
        LiveAgent: {
            /**
             * Format: int64
             * @description Who.
             */
            agent: number;
            /** @description The name. */
            name: string;
            /** @description What the agent is doing. */
            presence: components["schemas"]["DeskPresence"];
            /** @description Whether a page is connected. */
            reachable: boolean;
            /** @description The page's sound path. */
            sound: components["schemas"]["SoundPath"];
            /** @description The account. */
            user_id: string;
        };
        /** @description A call in progress. */
        LiveCall: {
            /**
             * Format: int64
             * @description The agent who rings or talks.
             */
            agent?: number | null;
            /**
             * Format: uuid
             * @description Which.
             */
            call: string;
            /** @description The called number. */
            callee: string;
            /** @description The caller's number. */
            caller: string;
            /** @description Who called whom. */
            direction: components["schemas"]["CallDirection"];
            /**
             * Format: int64
             * @description The group it waits or waited for.
             */
            group?: number | null;
            /** @description How its legs sound, the customer's first. */
            legs: components["schemas"]["LiveLeg"][];
            /** @description Where the call is. */
            stage: components["schemas"]["CallStage"];
            /**
             * Format: int64
             * @description When this stage began.
             */
            stage_since_ms: number;
            /**
             * Format: int64
             * @description When it came.
             */
            started_ms: number;
        };
        /** @description The newest figures of a leg. */
        LiveFigures: {
            /** @description The codec that is sent to it, such as `pcma` or `opus`. */
            codec?: string | null;
            /**
             * Format: int32
             * @description Jitter in microseconds.
             */
            jitter_us: number;
            /**
             * Format: int32
             * @description Thousandths of its packets that were lost in the last seconds.
             */
            loss_permille: number;
            /**
             * Format: int32
             * @description Estimated mean opinion score of the last seconds in hundredths, 100 to 450; 0 when nothing was heard.
             */
            mos: number;
            /**
             * Format: int32
             * @description There and back, in microseconds; 0 until known.
             */
            round_trip_us: number;
        };
        /** @description How a leg of a call in progress sounds now. */
        LiveLeg: {
            figures?: components["schemas"]["LiveFigures"] | null;
            /** @description What is at the far end. */
            kind: components["schemas"]["LegKind"];
            /** @description Which side of the call. */
            side: components["schemas"]["Side"];
            /**
             * Format: int64
             * @description For how long nothing has been heard from it, in milliseconds; null while it is heard.
             */
            silent_ms?: number | null;
        };
        /** @description A queue. */
        LiveQueue: {
            /**
             * Format: int64
             * @description The group.
             */
            group: number;
            /**
             * Format: int64
             * @description How long the first of them has waited.
             */
            longest_wait_ms: number;
            /** @description Its name. */
            name: string;
            /**
             * Format: int32
             * @description Members that are ready now.
             */
            ready: number;
            /**
             * Format: int32
             * @description Members that are signed in.
             */
            signed_in: number;
            /**
             * Format: int32
             * @description Callers waiting.
             */
            waiting: number;
        };
        /** @description Who is signed in. */
        Me: {
            /** @description Its name; empty without one. */
            application_name: string;
            /** @description Whether this is the demo. */
            demo: boolean;
            desk_rules?: components["schemas"]["DeskRules"] | null;
            /** @description What the person may do. */
            role: components["schemas"]["Role"];
            /**
             * Format: int64
             * @description The application; null for an operator who named none.
             */
            sdk_app_id?: number | null;
            /** @description The person. For an operator the operator's own id, account and name. */
            staff: components["schemas"]["MeStaff"];
            /** @description The account. */
            user_id: string;
            /** @description The server's version. */
            version: string;
        };
        /** @description The person who is signed in. */
        MeStaff: {
            /** @description Personal extension. */
            extension?: string | null;
            /**
             * Format: int64
             * @description Internal id.
             */
            id: number;
            /** @description Name. */
            name: string;
            /** @description Nickname shown to customers. */
            nick: string;
            /** @description What the person may do. */
            role: components["schemas"]["Role"];
            /** @description Work number. */
            staff_number: string;
            /** @description The account. */
            user_id: string;
        };
        /** @description A key of the cloud API right after it was made: the only time its secret is shown. */
        NewApiKey: {
            /** @description What the administrator wrote about it. */
            note: string;
            /** @description `AKID…` */
            secret_id: string;
            /** @description The secret. It is not shown again. */
            secret_key: string;
        };
        /** @description An application to create. */
        NewApplicationInput: {
            administrator?: components["schemas"]["FirstAdministrator"] | null;
            /** @description Its name. */
            name: string;
        };
        /** @description A phone number. */
        Number: {
            /** @description Skill groups whose agents may show it when they call out. */
            call_out_groups: number[];
            /**
             * Format: int64
             * @description The flow that answers it; null refuses calls.
             */
            flow?: number | null;
            /**
             * Format: int64
             * @description Unix seconds of the last change.
             */
            modified_at: number;
            /** @description Canonical form: digits, `0086…`. */
            number: string;
            /**
             * Format: int32
             * @description 1 normal, 2 suspended for arrears, 4 disabled by an administrator, 5 disabled for a violation.
             */
            state: number;
            /**
             * Format: int64
             * @description The trunk that carries it.
             */
            trunk: number;
        };
        /** @description A phone number to create or to replace. What was read may be sent back as it is. */
        NumberInput: {
            /** @description Skill groups whose agents may show it when they call out. */
            call_out_groups?: number[];
            /**
             * Format: int64
             * @description The flow that answers it; null refuses calls.
             */
            flow?: number | null;
            /** @description The number; brought to its canonical form. May be left out in a PUT. */
            number?: string;
            /**
             * Format: int32
             * @description 1 normal, 4 disabled by an administrator; 1 when left out.
             */
            state?: number;
            /**
             * Format: int64
             * @description The trunk that carries it.
             */
            trunk: number;
        };
        /**
         * @description Why an offer ended.
         * @enum {string}
         */
        OfferEnd: "rang_out" | "declined" | "unreachable" | "caller_left" | "withdrawn";
        /**
         * @description Which numbers outside may be called, by how they begin with their country code (`0086`, `001`). The
         *     longest beginning that fits decides, and what no beginning fits is refused.
         */
        OutsideCalls: {
            /** @description Beginnings of numbers that may be called; `00` is the whole world. */
            allowed: string[];
            /** @description Beginnings of numbers that may not. */
            refused: string[];
        };
        /** @description A number that somebody may show in calls out. */
        OwnNumber: {
            /** @description Canonical form: digits, `0086…`. */
            number: string;
        };
        /** @description One's own password, old and new. */
        OwnPassword: {
            /** @description 8 to 128 characters with letters, digits and other signs. */
            new: string;
            /** @description The present one. */
            old: string;
        };
        /** @description An agent the call was offered to. */
        Participant: {
            /**
             * Format: int64
             * @description When the agent accepted.
             */
            accepted_ms?: number | null;
            /**
             * Format: int64
             * @description The agent.
             */
            agent: number;
            end_status?: components["schemas"]["EndStatus"] | null;
            /**
             * Format: int64
             * @description When the agent's part was over.
             */
            ended_ms?: number | null;
            /**
             * Format: int64
             * @description The group for which; 0 for an agent in none.
             */
            group: number;
            /** @description The group's name; empty for one that was deleted. */
            group_name: string;
            /** @description The agent's name; empty for someone who was deleted. */
            name: string;
            /**
             * Format: uuid
             * @description The recording of the agent's part.
             */
            recording?: string | null;
            /**
             * Format: int64
             * @description When the desk began to ring.
             */
            ring_ms: number;
            /** @description The agent's account then. */
            user_id: string;
        };
        /** @description Whose sound, as the journal says it. */
        Party: {
            /** Format: int64 */
            agent?: number | null;
            kind: components["schemas"]["FarEnd"];
            side: components["schemas"]["Side"];
        };
        /** @description A new password. */
        PasswordInput: {
            /** @description 8 to 128 characters with letters, digits and other signs. */
            password: string;
        };
        /** @description A waveform: the loudest sample of each stretch, 0 to 1 (or -1 to 1). */
        Peaks: {
            /** @description The customer. */
            left: number[];
            /** @description The agent. */
            right: number[];
            /**
             * Format: int64
             * @description Samples behind each value.
             */
            samples_per_peak: number;
        };
        /** @description A telephone that registers here. */
        Phone: {
            /**
             * Format: int64
             * @description The agent who works at it.
             */
            agent?: number | null;
            /** @description Switched on. */
            enabled: boolean;
            /** @description Its number in the house and its user name. */
            extension: string;
            /**
             * Format: int64
             * @description Its id.
             */
            id: number;
            /**
             * Format: int64
             * @description Unix seconds of the last change.
             */
            modified_at: number;
            /** @description Where it stands, or whose it is. */
            name: string;
        };
        /** @description What is typed into a telephone so that it registers. */
        PhoneAccount: {
            /**
             * Format: int64
             * @description The telephone.
             */
            id: number;
            /** @description The password. */
            password: string;
            /** @description Realm, also "domain". */
            realm: string;
            /** @description Address and port of the server (registrar and outbound proxy), by UDP and TCP. */
            server: string;
            /** @description User name, also "authentication name" or "account". */
            user: string;
        };
        /** @description A telephone to create or to replace. What was read may be sent back as it is. */
        PhoneInput: {
            /**
             * Format: int64
             * @description The agent who works at it.
             */
            agent?: number | null;
            /** @description Switched on; true when left out. */
            enabled?: boolean;
            /** @description Its number in the house: 4 to 6 digits, the first 1 to 8. Another person's extension is refused. */
            extension: string;
            /** @description Where it stands, or whose it is. */
            name: string;
        };
        /** @description The state a supervisor gives an agent. */
        PresenceInput: {
            /** @description Which state. */
            state: components["schemas"]["PresenceWish"];
            /** @description The text of a rest. */
            text?: string | null;
        };
        /**
         * @description A state that can be wished for.
         * @enum {string}
         */
        PresenceWish: "ready" | "rest" | "not_ready";
        /**
         * @description How the sound of a trunk travels.
         * @enum {string}
         */
        Protection: "accepted" | "offered" | "demanded";
        /** @description The id of a published flow, and what should be looked at. */
        PublishedFlow: {
            /**
             * Format: int64
             * @description Its id.
             */
            id: number;
            /**
             * Format: int32
             * @description The version that is in force now.
             */
            version: number;
            /** @description Warnings. */
            warnings: components["schemas"]["ErrorDetail"][];
        };
        /** @description The record of a call. Times are wall milliseconds; null where it never came to that. */
        Record: {
            /**
             * Format: int64
             * @description When the last agent who served it accepted.
             */
            accepted_ms?: number | null;
            agent?: components["schemas"]["AgentName"] | null;
            /**
             * Format: int64
             * @description When we answered it.
             */
            answered_ms?: number | null;
            /**
             * Format: uuid
             * @description The call.
             */
            call: string;
            /** @description The called number. */
            callee: string;
            /** @description The caller's number. */
            caller: string;
            /** @description Catalogue code or carrier cause. */
            cause?: string | null;
            /** @description `in`, `out` or `internal`. */
            direction: string;
            end_status?: components["schemas"]["EndStatus"] | null;
            /**
             * Format: int64
             * @description The vendor's number.
             */
            end_status_code?: number | null;
            /**
             * Format: int64
             * @description When it was over.
             */
            ended_ms?: number | null;
            hung_up_by?: components["schemas"]["HungUpSide"] | null;
            /** @description Keys pressed in branches. */
            keys: components["schemas"]["KeyPress"][];
            /** @description Everyone it was offered to, in order. */
            participants: components["schemas"]["Participant"][];
            /**
             * Format: int64
             * @description When it first entered a queue.
             */
            queued_ms?: number | null;
            /** @description Recordings, in order. */
            recordings: string[];
            /** @description The agent's remark. */
            remark?: string | null;
            /**
             * Format: int64
             * @description When an agent's desk first rang.
             */
            ring_ms?: number | null;
            skill_group?: components["schemas"]["GroupName"] | null;
            /**
             * Format: int64
             * @description When the call came.
             */
            started_ms: number;
            /**
             * Format: int64
             * @description How long it was talked; 0 if never.
             */
            talk_ms: number;
            /** @description Who gave the call to whom, in order. */
            transfers: components["schemas"]["Transfer"][];
            /**
             * Format: int64
             * @description How long the caller waited until the desk rang that took the call, or until the caller left; 0 if never.
             */
            wait_ms: number;
        };
        /** @description A record with its journal. */
        RecordDetail: components["schemas"]["Record"] & {
            /** @description What happened, in order. Empty for agents. */
            journal: components["schemas"]["JournalEntry"][];
            /** @description How its legs sounded, in the order in which they were closed. */
            legs: components["schemas"]["RecordLeg"][];
        };
        /** @description How a leg of a call sounded. */
        RecordLeg: {
            /** @description Where its sound went to; null for agents. */
            address?: string | null;
            /**
             * Format: int64
             * @description The agent who spoke there, if it was one.
             */
            agent?: number | null;
            /** @description That agent's name now. */
            agent_name?: string | null;
            /** @description The codec that was sent to it, such as `pcma` or `opus`. */
            codec?: string | null;
            /**
             * Format: int64
             * @description The trunk or telephone.
             */
            far?: number | null;
            /**
             * Format: int32
             * @description Jitter at the end, in microseconds.
             */
            jitter_us: number;
            /** @description What was at the far end. */
            kind: components["schemas"]["LegKind"];
            /**
             * Format: int64
             * @description Packets that were missing.
             */
            lost: number;
            /**
             * Format: int32
             * @description Estimated mean opinion score in hundredths, 100 to 450; 0 when nothing was heard.
             */
            mos: number;
            /**
             * Format: int64
             * @description RTP packets received.
             */
            received: number;
            /**
             * Format: int32
             * @description Packets of ours that the far end missed, by its reports.
             */
            remote_lost: number;
            /**
             * Format: int32
             * @description There and back, in microseconds; 0 if no report showed it.
             */
            round_trip_us: number;
            /**
             * Format: int64
             * @description RTP packets sent.
             */
            sent: number;
            /** @description Which side of the call. */
            side: components["schemas"]["Side"];
            /**
             * Format: int32
             * @description How often nothing was heard from it for too long.
             */
            silences: number;
            /**
             * Format: int64
             * @description How long these silences were together, in milliseconds.
             */
            silent_ms: number;
        };
        /** @description A page of records, newest first. */
        RecordPage: {
            /** @description This page. */
            records: components["schemas"]["Record"][];
            /**
             * Format: int64
             * @description How many match in all.
             */
            total: number;
        };
        /** @description One rule for rewriting numbers. */
        Rewrite: {
            /** @description What the number begins with; empty for every number. */
            prefix: string;
            /** @description What stands there instead. */
            replacement: string;
        };
        /**
         * @description What a person may do. Each role includes those before it.
         * @enum {string}
         */
        Role: "agent" | "supervisor" | "administrator" | "operator";
        /** @description What a page finds when it opens. */
        Session: {
            /** @description Only in the demo: the file on the server with its accounts and passwords. */
            demo_file?: string | null;
            me?: components["schemas"]["Me"] | null;
        };
        /**
         * @description How bad a fault is.
         * @enum {string}
         */
        Severity: "error" | "warning";
        /**
         * @description Which side of a call a leg is.
         * @enum {string}
         */
        Side: "customer" | "seat";
        /** @description Account and password. */
        SignIn: {
            /** @description The password. */
            password: string;
            /**
             * Format: int64
             * @description The application, for people with the same account in several.
             */
            sdk_app_id?: number | null;
            /** @description The account. */
            user_id: string;
        };
        /** @description A login token of the cloud API's CreateSDKLoginToken. */
        SignInToken: {
            /** @description The token. */
            token: string;
        };
        /**
         * @description How SIP messages travel.
         * @enum {string}
         */
        SipTransport: "udp" | "tcp" | "tls" | "ws" | "wss";
        /** @description A skill group. */
        SkillGroup: {
            /** @description Internal number; may be empty. */
            alias: string;
            /**
             * Format: int64
             * @description Its id.
             */
            id: number;
            /**
             * Format: int32
             * @description 0 phone, 1 online, 3 audio, 4 video.
             */
            kind: number;
            /** @description Whether the agent who last served the caller is tried first. */
            last_agent_first: boolean;
            /**
             * Format: int32
             * @description Simultaneous sessions a member takes.
             */
            max_concurrency: number;
            /**
             * Format: int64
             * @description How many people are in it.
             */
            members: number;
            /**
             * Format: int64
             * @description Unix seconds of the last change.
             */
            modified_at: number;
            /** @description Its name. */
            name: string;
            /** @description Whether all members ring at once. */
            ring_all: boolean;
        };
        /** @description A skill group to create or to replace. What was read may be sent back as it is. */
        SkillGroupInput: {
            /** @description Internal number, digits; may be empty. */
            alias?: string;
            /**
             * Format: int32
             * @description 0 phone, 1 online, 3 audio, 4 video; 0 when left out.
             */
            kind?: number;
            /** @description Whether the agent who last served the caller is tried first. */
            last_agent_first?: boolean;
            /**
             * Format: int32
             * @description Simultaneous sessions a member takes; 1 when left out. More only for online groups.
             */
            max_concurrency?: number;
            /** @description Its name, unique in the application. */
            name: string;
            /** @description Whether all members ring at once. */
            ring_all?: boolean;
        };
        /** @description An uploaded sound. */
        Sound: {
            /**
             * Format: int64
             * @description Length.
             */
            duration_ms: number;
            /**
             * Format: int64
             * @description Its id.
             */
            id: number;
            /** @description Its name. */
            name: string;
        };
        /**
         * @description Whether sound can reach the page.
         * @enum {string}
         */
        SoundPath: "none" | "connecting" | "connected";
        /** @description A person with an account. */
        Staff: {
            /** @description Personal extension. */
            extension?: string | null;
            forwarding?: components["schemas"]["Forwarding"] | null;
            /** @description Skill group id → priority there: 1 first … 5 last. */
            groups: {
                [key: string]: number;
            };
            /**
             * Format: int64
             * @description Internal id.
             */
            id: number;
            /**
             * Format: int32
             * @description 0 off, 1 only while offline, 2 always.
             */
            mobile_accept: number;
            /** @description Whether calls may be made from the person's mobile. */
            mobile_call_out: boolean;
            /**
             * Format: int64
             * @description Unix seconds of the last change.
             */
            modified_at: number;
            /** @description Name. */
            name: string;
            /** @description Nickname shown to customers. */
            nick: string;
            /** @description Phone with the 0086 prefix; may be empty. */
            phone: string;
            /** @description What the person may do. */
            role: components["schemas"]["Role"];
            /** @description Work number. */
            staff_number: string;
            /** @description The account. */
            user_id: string;
        };
        /** @description A person to create or to replace. What was read may be sent back as it is. */
        StaffInput: {
            /** @description Personal extension, 4 to 6 digits, first digit 1 to 8. */
            extension?: string | null;
            forwarding?: components["schemas"]["Forwarding"] | null;
            /**
             * @description Skill group id → priority there: 1 first … 5 last. Left out of a change, the
             *     person stays in the same groups.
             */
            groups?: {
                [key: string]: number;
            } | null;
            /**
             * Format: int32
             * @description 0 off, 1 only while offline, 2 always.
             */
            mobile_accept?: number;
            /** @description Whether calls may be made from the person's mobile. */
            mobile_call_out?: boolean;
            /** @description Name. */
            name: string;
            /** @description Nickname shown to customers. */
            nick?: string;
            /** @description First password; only when a person is created. Without one the person cannot sign in yet. */
            password?: string | null;
            /** @description Phone with the 0086 prefix; may be empty. */
            phone?: string;
            role?: components["schemas"]["Role"] | null;
            /** @description Work number. */
            staff_number?: string;
            /** @description The account: an e-mail-shaped text, unique in the application. */
            user_id: string;
        };
        /** @description What a node does. */
        Step: {
            /** @description Whether a key ends it. */
            interruptible?: boolean;
            /** @enum {string} */
            kind: "prompt";
            /** @description Where the call goes then. */
            next: string;
            /**
             * Format: int64
             * @description What is played.
             */
            sound: number;
            /**
             * Format: int32
             * @description How often, 1 to 10.
             */
            times?: number;
        } | {
            /**
             * Format: int64
             * @description Played for a key that has no branch.
             */
            invalid_prompt?: number | null;
            /** @description The keys. */
            keys: components["schemas"]["BranchKey"][];
            /** @enum {string} */
            kind: "branch";
            /**
             * Format: int32
             * @description After this many errors the call ends, 1 to 10.
             */
            max_errors: number;
            /**
             * Format: int64
             * @description Explains the keys.
             */
            prompt: number;
            /**
             * Format: int64
             * @description Played when no key came.
             */
            timeout_prompt?: number | null;
            /**
             * Format: int32
             * @description Seconds to wait for a key after the prompt, 1 to 120.
             */
            timeout_s: number;
        } | {
            /** @description Where the call goes when no agent took it; null ends it. */
            failure?: string | null;
            /**
             * Format: int64
             * @description The group.
             */
            group: number;
            /** @enum {string} */
            kind: "to_agent";
            /**
             * Format: int32
             * @description Longest wait in seconds, 1 to 3,600.
             */
            max_wait_s: number;
            /**
             * Format: int64
             * @description Looped while the caller waits.
             */
            music?: number | null;
            /**
             * Format: int64
             * @description Played when no agent of the group is signed in.
             */
            nobody_prompt?: number | null;
            /**
             * Format: int64
             * @description Played once before queueing.
             */
            prompt?: number | null;
            /**
             * Format: int64
             * @description Played when the wait was too long.
             */
            timeout_prompt?: number | null;
        } | {
            /** @enum {string} */
            kind: "end";
            /**
             * Format: int64
             * @description Played first.
             */
            prompt?: number | null;
        };
        /** @description A ticket for the desk socket. */
        Ticket: {
            /** @description Goes into `/api/v1/desk?ticket=…` within 30 seconds, once. */
            ticket: string;
        };
        /** @description A side of the talk that changed hands, or was to. */
        Transfer: {
            agent?: components["schemas"]["AgentName"] | null;
            /**
             * Format: int64
             * @description When it was asked for.
             */
            asked_ms: number;
            by?: components["schemas"]["AgentName"] | null;
            /**
             * Format: int64
             * @description When it was taken; null if it was not.
             */
            done_ms?: number | null;
            /**
             * Format: int32
             * @description SIP status of a transfer that failed.
             */
            failed_status?: number | null;
            /** @description The extension that gave the call away. */
            from: string;
            /** @description How. */
            kind: components["schemas"]["TransferKind"];
            /** @description The number that was to have it. */
            to: string;
        };
        /**
         * @description How a side of a talk changes hands.
         * @enum {string}
         */
        TransferKind: "blind" | "attended" | "taken";
        /** @description A carrier. */
        Trunk: {
            account?: components["schemas"]["TrunkAccount"] | null;
            /** @description Switched on. */
            enabled: boolean;
            /**
             * Format: int64
             * @description Its id.
             */
            id: number;
            /** @description How its numbers are written before they are looked up; the longest matching prefix wins. */
            inward_rewrites: components["schemas"]["Rewrite"][];
            /**
             * Format: int32
             * @description Most calls at once, both ways; null for the node's limit.
             */
            max_calls?: number | null;
            /**
             * Format: int32
             * @description Most new calls a second, both ways; null for the node's limit.
             */
            max_calls_per_second?: number | null;
            /**
             * Format: int64
             * @description Unix seconds of the last change.
             */
            modified_at: number;
            /** @description Its name. */
            name: string;
            outward?: components["schemas"]["TrunkOutward"] | null;
            /** @description How the sound travels. */
            protection: components["schemas"]["Protection"];
            /** @description Source networks of its calls, `203.0.113.0/24`. */
            sources: string[];
        };
        /** @description What a carrier proves to us. Its password is never shown. */
        TrunkAccount: {
            /** @description Its user name. */
            user: string;
        };
        /** @description What a carrier proves to us. */
        TrunkAccountInput: {
            /** @description The password beside it, at least 8 characters. Left out, the one that is kept stays, as long as the user stays. */
            password?: string | null;
            /** @description Its user name, unique in the application and no extension. */
            user: string;
        };
        /** @description Whether one address of a carrier's gateway answers. */
        TrunkAddress: {
            /** @description Address and port. */
            address: string;
            /** @description Whether it answers OPTIONS; null while it was not asked, or the first questions are open. */
            answers?: boolean | null;
            /**
             * Format: double
             * @description How long the last answer took, in milliseconds.
             */
            round_trip_ms?: number | null;
            /**
             * Format: int64
             * @description Since when it answers or does not, in Unix milliseconds.
             */
            since_ms: number;
            /** @description How messages travel to it. */
            transport: components["schemas"]["SipTransport"];
        };
        /**
         * @description A carrier's state in one word.
         * @enum {string}
         */
        TrunkCondition: "unknown" | "registering" | "registered" | "refused" | "answers" | "unreachable";
        /** @description A carrier to create or to replace. What was read may be sent back as it is. */
        TrunkInput: {
            account?: components["schemas"]["TrunkAccountInput"] | null;
            /** @description Switched on; true when left out. */
            enabled?: boolean;
            /** @description How its numbers are written before they are looked up; the longest matching prefix wins. */
            inward_rewrites?: components["schemas"]["Rewrite"][];
            /**
             * Format: int32
             * @description Most calls at once, both ways; null for the node's limit.
             */
            max_calls?: number | null;
            /**
             * Format: int32
             * @description Most new calls a second, both ways; null for the node's limit.
             */
            max_calls_per_second?: number | null;
            /** @description Its name, unique in the application. */
            name: string;
            outward?: components["schemas"]["TrunkOutwardInput"] | null;
            /** @description How the sound travels; `accepted` when left out. */
            protection?: components["schemas"]["Protection"];
            /** @description Source networks or addresses of its calls; none when it brings no calls. */
            sources?: string[];
        };
        /** @description How calls are made over a trunk. */
        TrunkOutward: {
            /** @description Whether its gateway is asked (OPTIONS) whether it is there. */
            asked: components["schemas"]["AskWhen"];
            /**
             * Format: int32
             * @description Seconds between two questions.
             */
            asked_every_s: number;
            /** @description Where the carrier reads the caller's number. */
            caller_id: components["schemas"]["CallerId"];
            /** @description Whether a password is kept beside it. The password itself is never shown. */
            has_password: boolean;
            /** @description Host name or address of the carrier's gateway. */
            host: string;
            /**
             * Format: int32
             * @description Its port; null lets the name service say it, or means the transport's own.
             */
            port?: number | null;
            /** @description Whether we register there. */
            registers: boolean;
            /** @description How called numbers are written for it; the longest matching prefix wins. */
            rewrites: components["schemas"]["Rewrite"][];
            /** @description How messages travel to it. */
            transport: components["schemas"]["SipTransport"];
            /** @description User name for its challenges; empty when it does not challenge. */
            user: string;
        };
        /** @description How calls are made over a trunk. */
        TrunkOutwardInput: {
            /** @description Whether its gateway is asked (OPTIONS) whether it is there; `where_registered` when left out. */
            asked?: components["schemas"]["AskWhen"];
            /**
             * Format: int32
             * @description Seconds between two questions; 30 when left out.
             */
            asked_every_s?: number;
            /** @description Where the carrier reads the caller's number; `from` when left out. */
            caller_id?: components["schemas"]["CallerId"];
            /** @description Host name or address of the carrier's gateway. */
            host: string;
            /** @description The password beside it. Left out, the one that is kept stays, as long as host and user stay too. */
            password?: string | null;
            /**
             * Format: int32
             * @description Its port; null lets the name service say it, or means the transport's own.
             */
            port?: number | null;
            /** @description Whether we register there. */
            registers?: boolean;
            /** @description How called numbers are written for it; the longest matching prefix wins. */
            rewrites?: components["schemas"]["Rewrite"][];
            /** @description How messages travel to it; `udp` when left out. */
            transport?: components["schemas"]["SipTransport"];
            /** @description User name for its challenges; empty when it does not challenge. */
            user?: string;
        };
        /** @description How our registration at a carrier stands. */
        TrunkRegistration: {
            /**
             * Format: int32
             * @description The SIP status with which it was refused; null if it was not.
             */
            refused_with?: number | null;
            /**
             * Format: int64
             * @description Since when it stands so, in Unix milliseconds. A refresh is no change.
             */
            since_ms: number;
        };
        /** @description What is known now of a carrier that calls go out over. */
        TrunkState: {
            /** @description The gateway's addresses, best first; none while they are not found. */
            addresses: components["schemas"]["TrunkAddress"][];
            /**
             * Format: int64
             * @description The trunk's id.
             */
            id: number;
            registration?: components["schemas"]["TrunkRegistration"] | null;
            /** @description All in one word. */
            state: components["schemas"]["TrunkCondition"];
        };
        /**
         * @description Why an agent was chosen or not.
         * @enum {string}
         */
        Verdict: "chosen" | "idle_for_less" | "offered" | "talking" | "wrap_up" | "away" | "signed_out" | "unreachable" | "passed_before";
    };
    responses: never;
    parameters: never;
    requestBodies: never;
    headers: never;
    pathItems: never;
}
export type $defs = Record<string, never>;
export type operations = Record<string, never>;
