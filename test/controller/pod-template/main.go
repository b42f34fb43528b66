// Records what Argo Rollouts makes of pod templates: `go run . fields` prints the table of service/controller/rollout/pod-template/fields.ts,
// `go run . hashes < templates.jsonl` a line of JSON for each template: itself, the number of collisions, its JSON in Go, and the hash.
// `go run . random` prints templates with every kind of field filled at random.
package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"math/rand"
	"os"
	"reflect"
	"sort"
	"strings"

	"github.com/argoproj/argo-rollouts/utils/hash"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/intstr"
)

var types = map[string][]string{}

func typeName(t reflect.Type) string {
	switch t.Kind() {
	case reflect.Pointer:
		return "*" + typeName(t.Elem())
	case reflect.Slice:
		return "[]" + typeName(t.Elem())
	case reflect.Map:
		return "{}" + typeName(t.Elem())
	case reflect.Struct:
		switch t.Name() {
		case "Quantity", "IntOrString", "Time", "FieldsV1":
			return t.Name()
		}
		if _, known := types[t.Name()]; !known {
			types[t.Name()] = nil
			types[t.Name()] = fieldsOf(t)
		}
		return "@" + t.Name()
	case reflect.String:
		return "string"
	case reflect.Bool:
		return "bool"
	case reflect.Int, reflect.Int32, reflect.Int64:
		return "int"
	}
	panic(t.String())
}

func fieldsOf(t reflect.Type) []string {
	var fields []string
	for i := 0; i < t.NumField(); i++ {
		field := t.Field(i)
		parts := strings.Split(field.Tag.Get("json"), ",")
		if field.Anonymous && parts[0] == "" {
			fields = append(fields, fieldsOf(field.Type)...)
			continue
		}
		options := strings.Join(parts[1:], " ")
		mark := strings.Repeat("?", strings.Count(options, "omitempty")+strings.Count(options, "omitzero"))
		fields = append(fields, fmt.Sprintf("%s%s:%s", parts[0], mark, typeName(field.Type)))
	}
	return fields
}

var quantities = []string{"1", "100m", "1000m", "0.5", "1.5Gi", "1024Mi", "1e3", "12E", "0", "1500", "3Ki", "0.1Ki", "2.5e-3", "123456789n", "1G"}
var texts = []string{"a", "web", "<&>", "ü\u2028", "x\ty", "true", "1", "", "\x7f", "😀"}

func fill(value reflect.Value, random *rand.Rand, depth int) {
	if depth > 6 || random.Intn(3) == 0 {
		return
	}
	switch value.Interface().(type) {
	case resource.Quantity:
		value.Set(reflect.ValueOf(resource.MustParse(quantities[random.Intn(len(quantities))])))
		return
	case intstr.IntOrString:
		one := intstr.FromInt32(random.Int31n(9))
		if random.Intn(2) == 0 {
			one = intstr.FromString("25%")
		}
		value.Set(reflect.ValueOf(one))
		return
	case metav1.Time:
		value.Set(reflect.ValueOf(metav1.Unix(random.Int63n(2000000000), 0)))
		return
	case metav1.FieldsV1:
		return
	}
	switch value.Kind() {
	case reflect.String:
		value.SetString(texts[random.Intn(len(texts))])
	case reflect.Bool:
		value.SetBool(random.Intn(2) == 0)
	case reflect.Int, reflect.Int32, reflect.Int64:
		value.SetInt(random.Int63n(3) * 1000)
	case reflect.Pointer:
		value.Set(reflect.New(value.Type().Elem()))
		fill(value.Elem(), random, depth+1)
	case reflect.Slice:
		for n := random.Intn(3); n > 0; n-- {
			item := reflect.New(value.Type().Elem()).Elem()
			fill(item, random, depth+1)
			value.Set(reflect.Append(value, item))
		}
	case reflect.Map:
		value.Set(reflect.MakeMap(value.Type()))
		for n := random.Intn(3); n > 0; n-- {
			key := reflect.New(value.Type().Key()).Elem()
			key.SetString(fmt.Sprintf("%s%d", texts[random.Intn(len(texts))], n))
			item := reflect.New(value.Type().Elem()).Elem()
			fill(item, random, depth+1)
			value.SetMapIndex(key, item)
		}
	case reflect.Struct:
		for i := 0; i < value.NumField(); i++ {
			fill(value.Field(i), random, depth+1)
		}
	}
}

func main() {
	switch os.Args[1] {
	case "fields":
		typeName(reflect.TypeOf(corev1.PodTemplateSpec{}))
		var lines []string
		for name, fields := range types {
			lines = append(lines, name+" "+strings.Join(fields, " "))
		}
		sort.Strings(lines)
		fmt.Println(strings.Join(lines, "\n"))
	case "random":
		random := rand.New(rand.NewSource(1))
		for n := 0; n < 16; n++ {
			var template corev1.PodTemplateSpec
			for template.Spec.Containers == nil {
				fill(reflect.ValueOf(&template).Elem(), random, 0)
			}
			text, _ := json.Marshal(template)
			fmt.Println(string(text))
		}
	case "hashes":
		lines := bufio.NewScanner(os.Stdin)
		lines.Buffer(nil, 1<<24)
		for n := int32(0); lines.Scan(); n++ {
			var template corev1.PodTemplateSpec
			if err := json.Unmarshal(lines.Bytes(), &template); err != nil {
				panic(err)
			}
			var collisions *int32
			if n%3 == 1 {
				collisions = &n
			}
			text, _ := json.Marshal(template)
			line, _ := json.Marshal(map[string]any{
				"template": json.RawMessage(lines.Bytes()), "collisions": collisions, "json": string(text),
				"hash": hash.ComputePodTemplateHash(&template, collisions),
			})
			fmt.Println(string(line))
		}
	}
}
