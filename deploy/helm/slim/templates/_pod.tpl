{{/* What the three kinds of workload have in common. */}}
{{- define "slim.podTemplate" -}}
metadata:
  annotations:
    checksum/config: {{ include "slim.configFile" . | sha256sum }}
    {{- with .Values.podAnnotations }}
    {{- toYaml . | nindent 4 }}
    {{- end }}
  labels:
    {{- merge (include "slim.selectorLabels" . | fromYaml) .Values.podLabels | toYaml | nindent 4 }}
spec:
  serviceAccountName: {{ include "slim.serviceAccountName" . }}
  automountServiceAccountToken: {{ .Values.serviceAccount.automount }}
  terminationGracePeriodSeconds: {{ .Values.slim.terminationGracePeriodSeconds }}
  {{- if .Values.slim.hostNetwork }}
  hostNetwork: true
  {{- end }}
  {{- if eq (include "slim.kind" .) "DaemonSet" }}
  dnsPolicy: {{ .Values.slim.dnsPolicy }}
  {{- end }}
  {{- with .Values.priorityClassName }}
  priorityClassName: {{ . }}
  {{- end }}
  {{- range $key := list "imagePullSecrets" "nodeSelector" "tolerations" "affinity" "topologySpreadConstraints" }}
  {{- with index $.Values $key }}
  {{ $key }}:
    {{- toYaml . | nindent 4 }}
  {{- end }}
  {{- end }}
  {{- with .Values.podSecurityContext }}
  securityContext:
    {{- toYaml . | nindent 4 }}
  {{- end }}
  containers:
    - name: slim
      {{- with .Values.slim.image }}
      image: "{{ .repository }}:{{ .tag | default $.Chart.AppVersion }}"
      imagePullPolicy: {{ .pullPolicy }}
      {{- end }}
      command: [/slim]
      args:
        - --config
        - /config.yaml
        {{- with .Values.slim.extraArgs }}
        {{- toYaml . | nindent 8 }}
        {{- end }}
      env:
        - name: SLIM_NODE_ID
          valueFrom:
            fieldRef:
              fieldPath: metadata.name
        - name: MY_POD_IP
          valueFrom:
            fieldRef:
              fieldPath: status.podIP
        {{- with .Values.slim.extraEnv }}
        {{- toYaml . | nindent 8 }}
        {{- end }}
      ports:
        {{- range (include "slim.ports" . | fromYaml).items }}
        - name: {{ .name }}
          containerPort: {{ .port }}
          protocol: TCP
        {{- end }}
      {{- range $probe := list "startupProbe" "readinessProbe" "livenessProbe" }}
      {{- $given := index $.Values.slim $probe }}
      {{- if $given.enabled }}
      {{ $probe }}:
        {{- if not (or $given.exec $given.grpc $given.httpGet $given.tcpSocket) }}
        tcpSocket:
          port: {{ (first (include "slim.dataPorts" $ | fromYaml).items).name }}
        {{- end }}
        {{- omit $given "enabled" | toYaml | nindent 8 }}
      {{- end }}
      {{- end }}
      {{- with .Values.slim.preStopSleepSeconds }}
      lifecycle:
        preStop:
          exec:
            command: [sleep, {{ . | quote }}]
      {{- end }}
      {{- with .Values.slim.resources }}
      resources:
        {{- toYaml . | nindent 8 }}
      {{- end }}
      {{- with .Values.securityContext }}
      securityContext:
        {{- toYaml . | nindent 8 }}
      {{- end }}
      volumeMounts:
        - name: config
          mountPath: /config.yaml
          subPath: config.yaml
          readOnly: true
        {{- if .Values.slim.tls.secretName }}
        - name: tls
          mountPath: {{ .Values.slim.tls.mountPath }}
          readOnly: true
        {{- end }}
        {{- with .Values.slim.extraVolumeMounts }}
        {{- toYaml . | nindent 8 }}
        {{- end }}
  volumes:
    - name: config
      configMap:
        name: {{ include "slim.configName" . }}
    {{- with .Values.slim.tls }}
    {{- if .secretName }}
    - name: tls
      projected:
        defaultMode: 0440
        sources:
          - secret:
              name: {{ .secretName }}
              items:
                - {key: tls.crt, path: tls.crt}
                - {key: tls.key, path: tls.key}
          {{- if or .requireClientCertificates .caSecretName (include "slim.meshed" $) }}
          - secret:
              name: {{ .caSecretName | default .secretName }}
              items:
                - {key: ca.crt, path: ca.crt}
          {{- end }}
    {{- end }}
    {{- end }}
    {{- with .Values.slim.extraVolumes }}
    {{- toYaml . | nindent 4 }}
    {{- end }}
{{- end }}
