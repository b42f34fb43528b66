import type { CanaryStep } from '../../../../schemas/index.js';
import { safeHash } from '../pod-template/pod-template-hash.js';
import { goJsonOf } from '../pod-template/go-json.js';

/**
 * Fields of the steps as Go writes them (Argo Rollouts 1.10, `pkg/apis/rollouts/v1alpha1/types.go`), in the notation of
 * {@link FIELDS}.
 */
const STEP_FIELDS = `
CanaryStep setWeight?:*int pause?:*@RolloutPause experiment?:*@RolloutExperimentStep analysis?:*@RolloutAnalysis setCanaryScale?:*@SetCanaryScale setHeaderRoute?:*@SetHeaderRoute setMirrorRoute?:*@SetMirrorRoute plugin?:*@PluginStep
RolloutPause duration?:*IntOrString
RolloutAnalysis templates?:[]@AnalysisTemplateRef args?:[]@AnalysisRunArgument dryRun?:[]@DryRun measurementRetention?:[]@MeasurementRetention analysisRunMetadata?:*@Labelled
AnalysisTemplateRef templateName:string clusterScope?:*bool
AnalysisRunArgument name:string value?:string valueFrom?:*@ArgumentValueFrom
ArgumentValueFrom podTemplateHashValue?:*string fieldRef?:*@RolloutFieldRef
RolloutFieldRef fieldPath:string
DryRun metricName:string
MeasurementRetention metricName:string limit:int
Labelled labels?:{}string annotations?:{}string
SetCanaryScale weight?:*int replicas?:*int matchTrafficWeight?:bool
SetHeaderRoute name?:string match?:[]@HeaderRoutingMatch
HeaderRoutingMatch headerName:string headerValue:*@StringMatch
StringMatch exact?:string prefix?:string regex?:string
SetMirrorRoute name:string match?:[]@RouteMatch percentage?:*int
RouteMatch method?:*@StringMatch path?:*@StringMatch headers?:{}@StringMatch
PluginStep name:string config?:Raw
RolloutExperimentStep templates:[]@RolloutExperimentTemplate duration?:string analyses?:[]@ExperimentAnalysis dryRun?:[]@DryRun analysisRunMetadata?:@Labelled scaleDownDelaySeconds?:*int
RolloutExperimentTemplate name:string specRef:string replicas?:*int metadata?:@Labelled selector?:*@LabelSelector weight?:*int service?:*@TemplateService
TemplateService name?:string
ExperimentAnalysis name:string templateName:string clusterScope?:*bool args?:[]@AnalysisRunArgument requiredForCompletion?:bool
`;

/** Hash of the steps of a canary, as Argo Rollouts computes it: other steps begin anew. None is as good as no list. */
export const stepHash = (steps: readonly CanaryStep[] | undefined): string =>
  safeHash(
    Buffer.from(goJsonOf((steps ?? []).length === 0 ? undefined : steps, '[]@CanaryStep', STEP_FIELDS)),
  );
